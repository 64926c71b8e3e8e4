package io.patchbay.bench;

import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.netconfd.DebianNetconfd;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchFaults;
import io.patchbay.mesh.VlanParameters;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.Switches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Simulated switches in this process, or one that is not ours, and the three files that tell a shim
 * of them. Each switch has as many ports with a cable as without; the shim never touches the
 * latter.
 */
final class SwitchFleet implements AutoCloseable {
  /** The one service of the fabric. */
  static final String SERVICE = "measured";

  private static final String NODE = "node";

  private static final String FABRIC =
      """
      domain: example.com
      services:
        - name: %s
          vlans: ["100"]
          addresses: {prefix: 10.64.0.0/16, gateway: 10.64.0.1}
      """
          .formatted(SERVICE);

  private final Stack opened = new Stack();
  private final Path folder;
  private final int cables;
  private final List<SimulatedSwitch> all = new ArrayList<>();

  /**
   * Starts them.
   *
   * @param folder for the files, empty
   * @param management of all of them
   * @param cables of each switch
   */
  SwitchFleet(Path folder, Management management, int switches, int cables, Time time) {
    this(folder, cables);
    List<SwitchDescription.Port> ports =
        IntStream.range(0, 2 * cables).mapToObj(i -> SwitchDescription.Port.bare(port(i))).toList();
    for (int i = 0; i < switches; i++) {
      Access access = Access.byPassword(Management.USER, Management.USER);
      SwitchDescription description = new SwitchDescription(name(i), ports, access);
      all.add(opened.push(SimulatedSwitch.start(description, time)));
    }
    writeFor(() -> {
      List<String> entries = new ArrayList<>();
      for (int i = 0; i < switches; i++) {
        entries.add(management.serve(all.get(i), name(i), folder, opened));
      }
      return entries;
    });
  }

  private SwitchFleet(Path folder, int cables) {
    this.folder = folder;
    this.cables = cables;
  }

  /** One switch whose management is Debian's, and that has no ports yet: they are made by need. */
  static SwitchFleet ofNetconfd(Path folder, Path servers, int cables) {
    SwitchFleet fleet = new SwitchFleet(folder, cables);
    fleet.writeFor(() -> {
      DebianNetconfd server =
          fleet.opened.push(DebianNetconfd.start(servers, "--target=candidate"));
      return List.of(
          "address: '127.0.0.1:%d', login: {user: %s, keyFile: '%s', hostKeyFile: '%s'}"
              .formatted(server.port(), server.user(), server.keyFile(), server.hostKeyFile()));
    });
    return fleet;
  }

  private void writeFor(Callable<List<String>> entries) {
    try {
      write(entries.call());
    } catch (Exception e) {
      opened.close();
      throw new Failure(Failure.Kind.UNAVAILABLE, folder + ": " + Failure.text(e), e);
    }
  }

  private void write(List<String> entries) throws IOException {
    StringBuilder switches = new StringBuilder("switches:\n");
    StringBuilder plugged = new StringBuilder("cables:\n");
    for (int i = 0; i < entries.size(); i++) {
      switches.append("  - {name: %s, %s}\n".formatted(name(i), entries.get(i)));
      for (int port = 0; port < cables; port++) {
        plugged.append(
            "  - {node: %s, pfMac: '%s', switch: %s, port: %s}\n"
                .formatted(NODE, mac(i, port), name(i), port(port)));
      }
    }
    Files.writeString(folder.resolve(Management.PASSWORD_FILE), Management.USER);
    Files.writeString(folder.resolve("switches.yaml"), switches);
    Files.writeString(folder.resolve("cables.yaml"), plugged);
    Files.writeString(folder.resolve("fabric.yaml"), FABRIC);
  }

  private static String name(int number) {
    return "tor-" + number;
  }

  private static String port(int number) {
    return "Ethernet" + number;
  }

  private static String mac(int number, int port) {
    return String.format(
        Locale.ROOT, "02:00:00:%02x:%02x:%02x", number >> 8, number & 0xff, port & 0xff);
  }

  /** Where a shim is told to look for the files. */
  Map<String, String> environment() {
    return Map.of(
        "PATCHBAY_FABRIC_FILE", folder.resolve("fabric.yaml").toString(),
        "PATCHBAY_CABLES_FILE", folder.resolve("cables.yaml").toString(),
        "PATCHBAY_SWITCHES_FILE", folder.resolve("switches.yaml").toString());
  }

  /** How many ports of each switch have a cable. */
  int cables() {
    return cables;
  }

  /** The names of the first ports of each switch that have none. */
  List<String> spare(int count) {
    return IntStream.range(cables, cables + count).mapToObj(SwitchFleet::port).toList();
  }

  /** As the shim knows a switch, the first is 0. */
  SwitchEntry entry(int number) {
    return Switches.readFile(folder.resolve("switches.yaml")).switches().get(number);
  }

  /** The TCP ports at which they listen for NETCONF. */
  Set<Integer> tcpPorts() {
    return all.stream()
        .map(each -> each.netconfAddress().getPort())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Puts a cable that somebody may pull out into a port. */
  Cable plug(int number, int port) {
    Cable cable = new Cable(name(number) + "-" + port);
    all.get(number).attach(port(port), cable.switchEnd());
    return cable;
  }

  /** From now on they depart from sound switches like this. */
  void faults(SwitchFaults faults) {
    all.forEach(each -> each.faults(faults));
  }

  /** What a VF behind a port with a cable asks with. */
  static Mechanism vf(int number, int port) {
    VlanParameters.Function function =
        new VlanParameters.Function(
            NODE, mac(number, port), "0000:01:00.2", 1, "02:00:00:00:01:02", 9000, "");
    return new VlanParameters(Optional.empty(), Optional.of(function)).mechanism();
  }

  @Override
  public void close() {
    opened.close();
  }
}
