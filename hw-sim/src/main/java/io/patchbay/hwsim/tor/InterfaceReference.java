package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.RpcError;
import io.patchbay.hwsim.netconf.RpcError.Tag;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which port an entry of {@code acl/interfaces} or {@code qos/interfaces} is about: the one in its
 * {@code interface-ref}, or if it has none the one that its key names. Pure.
 */
final class InterfaceReference {
  private InterfaceReference() {}

  /** The name of the port. */
  static String port(Data entry) {
    return entry.at("interface-ref", "config", "interface").map(Data::value).orElseGet(entry::key);
  }

  /**
   * Throws {@link RpcError.Refusal} when a port is none of the switch's, or one that the
   * configuration has no entry for; or a subinterface, of which this switch has none but the port
   * itself; or in two entries.
   *
   * @param ports of the switch
   */
  static void validate(List<Located> entries, Located root, Set<String> ports) {
    Set<String> configured =
        root.all("interfaces", "interface")
            .map(port -> port.data().key())
            .collect(Collectors.toSet());
    Set<String> seen = new HashSet<>();
    for (Located entry : entries) {
      Constraints.keysRepeated(entry.data(), entry.path());
      checkPort(entry, configured, ports);
      if (!seen.add(port(entry.data()))) {
        throw RpcError.at(
                entry.path(), Tag.INVALID_VALUE, "another entry is about " + port(entry.data()))
            .refusal();
      }
    }
  }

  private static void checkPort(Located entry, Set<String> configured, Set<String> ports) {
    entry
        .at("interface-ref", "config", "interface")
        .ifPresentOrElse(
            leaf ->
                Constraints.refers(
                    leaf,
                    configured.contains(leaf.data().value()),
                    "there is no interface " + leaf.data().value()),
            () -> checkKey(entry, ports));
    entry
        .at("interface-ref", "config", "subinterface")
        .ifPresent(leaf ->
            Constraints.refers(
                leaf,
                leaf.data().value().equals("0"),
                "there is no subinterface " + leaf.data().value() + ", only 0, the port itself"));
  }

  private static void checkKey(Located entry, Set<String> ports) {
    String port = entry.data().key();
    if (!ports.contains(port)) {
      Located key = entry.at(entry.data().schema().children().getFirst().name()).orElseThrow();
      throw RpcError.at(key.path(), Tag.INVALID_VALUE, "this switch has no interface " + port)
          .with("bad-element", key.data().schema().name())
          .refusal();
    }
  }
}
