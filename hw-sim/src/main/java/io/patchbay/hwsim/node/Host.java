package io.patchbay.hwsim.node;

import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A machine of the rack: namespaces with an interface on the management network, with its own
 * {@code /var/lib/kubelet}, {@code /var/lib/networkservicemesh}, {@code /var/lib/patchbay} and
 * {@code /run}, and with daemons as separate processes inside. From outside, the first three are
 * {@link #kubeletFolder}, {@link #meshFolder} and {@link #ownFolder}. Nothing of it is left on the
 * machine underneath but its folder. Safe for all threads.
 */
public final class Host implements AutoCloseable {
  /**
   * Mount points that the machine underneath lacks are made on a tmpfs over {@code /var/lib}, in
   * which links lead to what is below. $1 kubelet, $2 mesh, $3 own, $4 where {@code /var/lib}
   * shows.
   */
  private static final String SET_UP =
      """
      set -e
      if ! [ -d /var/lib/kubelet -a -d /var/lib/networkservicemesh -a -d /var/lib/patchbay ]; then
        mount --rbind /var/lib "$4"
        mount -t tmpfs -o mode=755 hw-sim /var/lib
        for entry in "$4"/*; do
          [ -e "$entry" ] && ln -s "$entry" /var/lib/
        done
        for own in kubelet networkservicemesh patchbay; do
          rm -f "/var/lib/$own" && mkdir "/var/lib/$own"
        done
      fi
      mount --bind "$1" /var/lib/kubelet
      mount --bind "$2" /var/lib/networkservicemesh
      mount --bind "$3" /var/lib/patchbay
      mount -t tmpfs -o mode=755 hw-sim /run
      """;

  /** Where a host is set up: its rack's folder, network, and words for commands. */
  public record Site(Path work, ManagementNetwork management, Words words) {}

  private final HostDescription description;
  private final Path folder;
  private final Words words;
  private final Stack opened;
  private final Enclosure enclosure;
  private final Map<String, Daemon> daemons = new LinkedHashMap<>();

  private Host(HostDescription description, Path folder, Words words, Stack opened) {
    this.description = description;
    this.folder = folder;
    this.words = words;
    this.opened = opened;
    this.enclosure = opened.push(enclose());
  }

  /**
   * Sets a host up, with no daemon running yet. Throws {@link Failure} of kind UNAVAILABLE with
   * what the machine underneath refused.
   */
  public static Host start(HostDescription description, Site site) {
    Path folder = site.work().resolve(description.name());
    Words words =
        site.words()
            .with("NODE", description.name())
            .with("ADDRESS", description.address())
            .with("FOLDER", folder.toString());
    Stack opened = new Stack();
    try {
      Host host = new Host(description, folder, words, opened);
      site.management().join(host.network(), description);
      for (DaemonDescription daemon : description.daemons()) {
        Path log = host.logs().file(daemon.name());
        host.daemons.put(
            daemon.name(), opened.push(new Daemon(daemon, host.enclosure, words, log)));
      }
      return host;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  private Enclosure enclose() {
    Path below = folder.resolve("var-lib");
    for (Path needed : List.of(kubeletFolder(), podNetworks(), meshFolder(), ownFolder(), below)) {
      try {
        Files.createDirectories(needed);
      } catch (IOException e) {
        throw new Failure(
            Failure.Kind.UNAVAILABLE, "cannot make " + needed + ": " + Failure.text(e), e);
      }
    }
    List<String> command =
        List.of(
            "unshare",
            "--net",
            "--mount",
            "--propagation",
            "slave",
            "sh",
            "-c",
            SET_UP + Enclosure.KEEP,
            "host",
            kubeletFolder().toString(),
            meshFolder().toString(),
            ownFolder().toString(),
            below.toString());
    return Enclosure.start("host " + name(), command, logs().file("host"));
  }

  /** The host's name. */
  public String name() {
    return description.name();
  }

  /** Its address on the management network. */
  public String address() {
    return description.address();
  }

  /** What is {@code /var/lib/kubelet} inside. */
  public Path kubeletFolder() {
    return folder.resolve("kubelet");
  }

  /** What is {@code /var/lib/networkservicemesh} inside. */
  public Path meshFolder() {
    return folder.resolve("nsm");
  }

  /** What is {@code /var/lib/patchbay} inside: what its daemons keep, and no pod sees. */
  public Path ownFolder() {
    return folder.resolve("patchbay");
  }

  /**
   * Where its runtime says which network namespace is which pod's; below {@link #kubeletFolder}.
   */
  public Path podNetworks() {
    return kubeletFolder().resolve("pod-networks");
  }

  /** Where its daemons and pods write to. */
  Logs logs() {
    return new Logs(folder.resolve("logs"));
  }

  /** Its network namespace; open until this is closed. */
  public NetworkNamespace network() {
    return enclosure.network();
  }

  Enclosure enclosure() {
    return enclosure;
  }

  /** The words of the rack and of this host. */
  Words words() {
    return words;
  }

  /** Starts all daemons in the order of the rack file. */
  public void startDaemons() {
    daemons.values().forEach(Daemon::start);
  }

  /** A daemon by the name in the rack file. Throws {@link Failure} of kind NOT_FOUND. */
  public Daemon daemon(String name) {
    Daemon daemon = daemons.get(name);
    if (daemon == null) {
      throw new Failure(
          Failure.Kind.NOT_FOUND,
          "host " + name() + " has no daemon '" + name + "'; there are " + daemons.keySet());
    }
    return daemon;
  }

  /** Starts some other process on the host; its output goes to {@code logs/<log>.log}. */
  public Process run(String log, List<String> command, Map<String, String> environment) {
    return enclosure.run(words.command(command), words.environment(environment), logs().file(log));
  }

  /** Ends its daemons in reverse order, then everything else in it. */
  @Override
  public void close() {
    opened.close();
  }
}
