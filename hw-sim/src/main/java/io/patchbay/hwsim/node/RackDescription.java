package io.patchbay.hwsim.node;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.patchbay.base.Json;
import io.patchbay.hwsim.tor.SwitchDescription;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A whole rack as its YAML file says it: nodes with NICs, hosts without, switches, the cables
 * between them, the gateways behind the switches, and which command each image name stands for.
 */
public record RackDescription(
    List<NodeDescription> nodes,
    List<HostDescription> hosts,
    List<SwitchDescription> switches,
    List<Cable> cables,
    List<Gateway> gateways,
    Map<String, List<String>> images) {

  /** What joins a NIC to a switch port. */
  public record Cable(
      String node, String pf, @JsonProperty("switch") String switchName, String port) {
    public Cable(
        @Nullable String node,
        @Nullable String pf,
        @JsonProperty("switch") @Nullable String switchName,
        @Nullable String port) {
      this.node = Check.text("node", node);
      this.pf = Check.text("pf", pf);
      this.switchName = Check.text("switch", switchName);
      this.port = Check.text("port", port);
    }
  }

  /**
   * A machine behind a switch port that answers as one network service; {@code address} has a
   * prefix length. Its VLAN is what the switch's factory setting says of the port.
   */
  public record Gateway(
      String service,
      @JsonProperty("switch") String switchName,
      String port,
      String mac,
      String address) {
    private static final Pattern ADDRESS = Pattern.compile("[0-9]+(\\.[0-9]+){3}/[0-9]{1,2}");

    public Gateway(
        @Nullable String service,
        @JsonProperty("switch") @Nullable String switchName,
        @Nullable String port,
        @Nullable String mac,
        @Nullable String address) {
      this.service = Check.name("service", service);
      this.switchName = Check.text("switch", switchName);
      this.port = Check.text("port", port);
      this.mac = Check.text("mac", mac);
      this.address =
          Check.matching("address", address, ADDRESS, "an address such as 172.20.0.1/24");
    }
  }

  public RackDescription(
      @Nullable List<NodeDescription> nodes,
      @Nullable List<HostDescription> hosts,
      @Nullable List<SwitchDescription> switches,
      @Nullable List<Cable> cables,
      @Nullable List<Gateway> gateways,
      @Nullable Map<String, List<String>> images) {
    this.nodes = Check.list(nodes);
    this.hosts = Check.list(hosts);
    this.switches = Check.list(switches);
    this.cables = Check.list(cables);
    this.gateways = Check.list(gateways);
    this.images = Check.map(images);
    checkHosts();
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

  private void checkWires() {
    Check.Unique ends = new Check.Unique();
    for (int i = 0; i < cables.size(); i++) {
      Cable cable = cables.get(i);
      String field = "cables[" + i + "]";
      checkPort(field, cable.switchName(), cable.port());
      if (!hasNic(cable.node(), cable.pf())) {
        throw Check.wrong(field, "names no NIC of this rack: " + cable.node() + "/" + cable.pf());
      }
      ends.take(cable.node() + "/" + cable.pf(), field);
      ends.take(cable.switchName() + "/" + cable.port(), field);
    }
    Check.Unique services = new Check.Unique();
    for (int i = 0; i < gateways.size(); i++) {
      Gateway gateway = gateways.get(i);
      String field = "gateways[" + i + "]";
      checkPort(field, gateway.switchName(), gateway.port());
      services.take(gateway.service(), field);
      ends.take(gateway.switchName() + "/" + gateway.port(), field);
    }
  }

  private void checkPort(String field, String switchName, String port) {
    SwitchDescription tor =
        switches.stream()
            .filter(candidate -> candidate.name().equals(switchName))
            .findFirst()
            .orElseThrow(
                () -> Check.wrong(field + ".switch", "names no switch: '" + switchName + "'"));
    if (tor.ports().stream().noneMatch(known -> known.name().equals(port))) {
      throw Check.wrong(field + ".port", switchName + " has no port '" + port + "'");
    }
  }

  private boolean hasNic(String node, String pf) {
    return nodes.stream()
        .filter(candidate -> candidate.name().equals(node))
        .flatMap(candidate -> candidate.nics().stream())
        .anyMatch(nic -> nic.pf().equals(pf));
  }
}
