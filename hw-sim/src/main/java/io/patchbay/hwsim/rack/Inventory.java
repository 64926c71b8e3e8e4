package io.patchbay.hwsim.rack;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.hwsim.node.ManagementNetwork;
import io.patchbay.hwsim.node.PfDescription;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What a network team keeps about a rack, written as files that its tools read (JSON, which is
 * YAML): which cable goes where, and how each switch is reached.
 */
final class Inventory {
  private final Path folder;

  Inventory(Path folder) {
    this.folder = folder;
  }

  /**
   * {@code cables.yaml}: node and MAC of the PF, switch and port; and the other end of an MLAG's
   * cable as its pair.
   */
  void cables(RackDescription rack) {
    List<Map<String, Object>> cables =
        rack.cables().stream().map(cable -> entry(rack, cable)).toList();
    write("cables.yaml", Json.pretty(Map.of("cables", cables)));
  }

  private static Map<String, Object> entry(RackDescription rack, RackDescription.Cable cable) {
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("node", cable.node());
    entry.put("pfMac", nic(rack, cable).mac());
    entry.putAll(entry(cable.ends().getFirst()));
    cable.ends().stream().skip(1).forEach(pair -> entry.put("pair", entry(pair)));
    return entry;
  }

  private static Map<String, String> entry(RackDescription.SwitchPort port) {
    return Map.of("switch", port.switchName(), "port", port.port());
  }

  /** The NIC at a cable's end. */
  static PfDescription nic(RackDescription rack, RackDescription.Cable cable) {
    return rack.nodes().stream()
        .filter(node -> node.name().equals(cable.node()))
        .flatMap(node -> node.nics().stream())
        .filter(nic -> nic.pf().equals(cable.pf()))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no NIC at " + cable));
  }

  /** {@code switches.yaml}, with each switch's password and host key in files of their own. */
  void switches(RackDescription rack, Function<String, SimulatedSwitch> running, String password) {
    List<Map<String, Object>> switches =
        rack.switches().stream()
            .map(tor -> entry(tor, running.apply(tor.name()), password))
            .toList();
    write("switches.yaml", Json.pretty(Map.of("switches", switches)));
  }

  private Map<String, Object> entry(
      SwitchDescription tor, SimulatedSwitch running, String password) {
    write(tor.name() + ".password", password);
    write(tor.name() + ".host-key", running.hostKeyFingerprint() + "\n");
    return Map.of(
        "name",
        tor.name(),
        "address",
        ManagementNetwork.ADDRESS + ":" + tor.netconf().port(),
        "networkInstance",
        tor.knownVlansOnly() ? "default" : "",
        "login",
        Map.of(
            "user", tor.netconf().user(),
            "passwordFile", tor.name() + ".password",
            "hostKeyFile", tor.name() + ".host-key"));
  }

  private void write(String name, String text) {
    try {
      Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "cannot write " + folder.resolve(name) + ": " + e.getMessage(),
          e);
    }
  }
}
