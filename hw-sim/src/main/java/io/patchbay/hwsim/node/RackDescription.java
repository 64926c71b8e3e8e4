package io.patchbay.hwsim.node;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.patchbay.base.Json;
import io.patchbay.hwsim.tor.SwitchDescription;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A whole rack as its YAML file says it: nodes with NICs, hosts without, switches, which of them
 * are MLAG pairs and which are leaves of one underlay, the cables between them, the gateways behind
 * the switches, and which command each image name stands for.
 */
public record RackDescription(
    List<NodeDescription> nodes,
    List<HostDescription> hosts,
    List<SwitchDescription> switches,
    List<Mlag> mlag,
    List<String> underlay,
    List<Cable> cables,
    List<Gateway> gateways,
    Map<String, List<String>> images) {

  /** Two switches that are an MLAG pair; the rack puts the link between them. */
  public record Mlag(String primary, String secondary) {
    public Mlag(@Nullable String primary, @Nullable String secondary) {
      this.primary = Check.text("primary", primary);
      this.secondary = Check.text("secondary", secondary);
    }

    /** Whether that is one of its two switches. */
    boolean has(String name) {
      return primary.equals(name) || secondary.equals(name);
    }

    /** Whether these are its two switches. */
    boolean joins(String one, String other) {
      return (primary.equals(one) && secondary.equals(other))
          || (primary.equals(other) && secondary.equals(one));
    }
  }

  /** A port of a switch. */
  public record SwitchPort(@JsonProperty("switch") String switchName, String port) {
    public SwitchPort(@JsonProperty("switch") @Nullable String switchName, @Nullable String port) {
      this.switchName = Check.text("switch", switchName);
      this.port = Check.text("port", port);
    }

    @Override
    public String toString() {
      return switchName + " " + port;
    }
  }

  /**
   * What joins a NIC to a switch port, or to a port of each switch of an MLAG pair: then the NIC
   * bonds two links.
   *
   * @param pair the port of the second link, if there is one
   */
  public record Cable(
      String node,
      String pf,
      @JsonProperty("switch") String switchName,
      String port,
      @Nullable SwitchPort pair) {
    public Cable(
        @Nullable String node,
        @Nullable String pf,
        @JsonProperty("switch") @Nullable String switchName,
        @Nullable String port,
        @Nullable SwitchPort pair) {
      this.node = Check.text("node", node);
      this.pf = Check.text("pf", pf);
      this.switchName = Check.text("switch", switchName);
      this.port = Check.text("port", port);
      this.pair = pair;
    }

    /** The same without its second link. */
    public Cable single() {
      return new Cable(node, pf, switchName, port, null);
    }

    /** The switch ports at its other end, one or two. */
    public List<SwitchPort> ends() {
      return RackDescription.ends(new SwitchPort(switchName, port), pair);
    }
  }

  /**
   * A machine behind a switch port that answers as one network service; {@code address} has a
   * prefix length. Its VLAN is what the switch's factory setting says of the port.
   *
   * @param pair a port of the other switch of an MLAG pair that it is behind as well
   */
  public record Gateway(
      String service,
      @JsonProperty("switch") String switchName,
      String port,
      @Nullable SwitchPort pair,
      String mac,
      String address) {
    private static final Pattern ADDRESS = Pattern.compile("[0-9]+(\\.[0-9]+){3}/[0-9]{1,2}");

    public Gateway(
        @Nullable String service,
        @JsonProperty("switch") @Nullable String switchName,
        @Nullable String port,
        @Nullable SwitchPort pair,
        @Nullable String mac,
        @Nullable String address) {
      this.service = Check.name("service", service);
      this.switchName = Check.text("switch", switchName);
      this.port = Check.text("port", port);
      this.pair = pair;
      this.mac = Check.text("mac", mac);
      this.address =
          Check.matching("address", address, ADDRESS, "an address such as 172.20.0.1/24");
    }

    /** The same without its second link. */
    public Gateway single() {
      return new Gateway(service, switchName, port, null, mac, address);
    }

    /** The switch ports that it is behind, one or two. */
    public List<SwitchPort> ends() {
      return RackDescription.ends(new SwitchPort(switchName, port), pair);
    }
  }

  public RackDescription(
      @Nullable List<NodeDescription> nodes,
      @Nullable List<HostDescription> hosts,
      @Nullable List<SwitchDescription> switches,
      @Nullable List<Mlag> mlag,
      @Nullable List<String> underlay,
      @Nullable List<Cable> cables,
      @Nullable List<Gateway> gateways,
      @Nullable Map<String, List<String>> images) {
    this.nodes = Check.list(nodes);
    this.hosts = Check.list(hosts);
    this.switches = Check.list(switches);
    this.mlag = Check.list(mlag);
    this.underlay = Check.list(underlay);
    this.cables = Check.list(cables);
    this.gateways = Check.list(gateways);
    this.images = Check.map(images);
    checkHosts();
    checkPairs();
    checkLeaves();
    checkWires();
  }

  /**
   * Reads a rack file. Throws {@link io.patchbay.base.Failure} of kind INVALID with file, line and
   * field for whatever does not fit together.
   */
  public static RackDescription readFile(Path file) {
    return Json.readFile(file, RackDescription.class);
  }

  /** Reads rack text; {@code source} stands for it in errors. Throws as {@link #readFile} does. */
  public static RackDescription parse(String source, String yaml) {
    return Json.parseYaml(source, yaml, RackDescription.class);
  }

  private void checkHosts() {
    Check.Unique names = new Check.Unique();
    Check.Unique addresses = new Check.Unique();
    Check.Unique macs = new Check.Unique();
    for (int i = 0; i < nodes.size(); i++) {
      HostDescription host = nodes.get(i).host();
      names.take(host.name(), "nodes[" + i + "].host.name");
      addresses.take(host.address(), "nodes[" + i + "].host.address");
      List<PfDescription> nics = nodes.get(i).nics();
      for (int k = 0; k < nics.size(); k++) {
        macs.take(nics.get(k).mac(), "nodes[" + i + "].nics[" + k + "].mac");
      }
    }
    for (int i = 0; i < hosts.size(); i++) {
      names.take(hosts.get(i).name(), "hosts[" + i + "].name");
      addresses.take(hosts.get(i).address(), "hosts[" + i + "].address");
    }
    for (int i = 0; i < switches.size(); i++) {
      names.take(switches.get(i).name(), "switches[" + i + "].name");
    }
    for (int i = 0; i < gateways.size(); i++) {
      macs.take(gateways.get(i).mac(), "gateways[" + i + "].mac");
    }
    images.forEach((image, command) -> {
      if (command.isEmpty()) {
        throw Check.wrong("images['" + image + "']", "has no command");
      }
    });
  }

  private static List<SwitchPort> ends(SwitchPort first, @Nullable SwitchPort second) {
    return second == null ? List.of(first) : List.of(first, second);
  }

  /**
   * The MLAGs of a pair: for each that a NIC or a gateway has a link to both of its switches, the
   * primary's port and the secondary's.
   */
  public Map<String, String> mlags(Mlag pair) {
    return Stream.concat(cables.stream().map(Cable::ends), gateways.stream().map(Gateway::ends))
        .filter(ends -> ends.size() == 2)
        .filter(ends -> pair.joins(ends.getFirst().switchName(), ends.getLast().switchName()))
        .collect(
            Collectors.toMap(
                ends -> portAt(pair.primary(), ends), ends -> portAt(pair.secondary(), ends)));
  }

  private static String portAt(String switchName, List<SwitchPort> ends) {
    return (ends.getFirst().switchName().equals(switchName) ? ends.getFirst() : ends.getLast())
        .port();
  }

  private void checkPairs() {
    Check.Unique members = new Check.Unique();
    for (int i = 0; i < mlag.size(); i++) {
      String field = "mlag[" + i + "]";
      checkSwitch(field + ".primary", mlag.get(i).primary());
      checkSwitch(field + ".secondary", mlag.get(i).secondary());
      members.take(mlag.get(i).primary(), field + ".primary");
      members.take(mlag.get(i).secondary(), field + ".secondary");
    }
  }

  private void checkLeaves() {
    Check.Unique leaves = new Check.Unique();
    for (int i = 0; i < underlay.size(); i++) {
      String field = "underlay[" + i + "]";
      String name = checkSwitch(field, underlay.get(i)).name();
      leaves.take(name, field);
      if (mlag.stream().anyMatch(pair -> pair.has(name))) {
        throw Check.wrong(field, "names a switch of an mlag pair, which has no VTEP here: " + name);
      }
    }
  }

  private void checkWires() {
    Check.Unique ends = new Check.Unique();
    for (int i = 0; i < cables.size(); i++) {
      Cable cable = cables.get(i);
      String field = "cables[" + i + "]";
      if (!hasNic(cable.node(), cable.pf())) {
        throw Check.wrong(field, "names no NIC of this rack: " + cable.node() + "/" + cable.pf());
      }
      ends.take(cable.node() + "/" + cable.pf(), field);
      checkEnds(field, cable.ends(), ends);
    }
    Check.Unique services = new Check.Unique();
    for (int i = 0; i < gateways.size(); i++) {
      Gateway gateway = gateways.get(i);
      String field = "gateways[" + i + "]";
      services.take(gateway.service(), field);
      checkEnds(field, gateway.ends(), ends);
    }
  }

  private void checkEnds(String field, List<SwitchPort> ends, Check.Unique taken) {
    SwitchPort first = ends.getFirst();
    SwitchPort last = ends.getLast();
    checkPort(field, first);
    if (ends.size() == 2) {
      checkPort(field + ".pair", last);
      if (mlag.stream().noneMatch(pair -> pair.joins(first.switchName(), last.switchName()))) {
        throw Check.wrong(
            field + ".pair.switch",
            "must be the other switch of an mlag pair with " + first.switchName());
      }
    }
    ends.forEach(end -> taken.take(end.switchName() + "/" + end.port(), field));
  }

  private void checkPort(String field, SwitchPort at) {
    SwitchDescription tor = checkSwitch(field + ".switch", at.switchName());
    if (tor.ports().stream().noneMatch(known -> known.name().equals(at.port()))) {
      throw Check.wrong(field + ".port", at.switchName() + " has no port '" + at.port() + "'");
    }
  }

  private SwitchDescription checkSwitch(String field, String name) {
    return switches.stream()
        .filter(candidate -> candidate.name().equals(name))
        .findFirst()
        .orElseThrow(() -> Check.wrong(field, "names no switch: '" + name + "'"));
  }

  private boolean hasNic(String node, String pf) {
    return nodes.stream()
        .filter(candidate -> candidate.name().equals(node))
        .flatMap(candidate -> candidate.nics().stream())
        .anyMatch(nic -> nic.pf().equals(pf));
  }
}
