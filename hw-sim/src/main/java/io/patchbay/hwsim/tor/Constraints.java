package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.InstancePath;
import io.patchbay.hwsim.netconf.RpcError;
import io.patchbay.hwsim.netconf.RpcError.Tag;
import io.patchbay.hwsim.netconf.Schema;

/**
 * What OpenConfig demands of a configuration beyond each leaf's type. Each check throws {@link
 * RpcError.Refusal} when it fails. Pure.
 */
final class Constraints {
  private Constraints() {}

  /** A list's keys are references to the leaves of those names in config. */
  static void keysRepeated(Data entry, InstancePath path) {
    for (String key : ((Schema.Entries) entry.schema()).keys()) {
      present(entry, key, path);
      String repeated = entry.at("config", key).map(Data::value).orElse("");
      if (!repeated.equals(entry.leaf(key).orElse(""))) {
        throw RpcError.at(
                path, Tag.INVALID_VALUE, "config/" + key + " is '" + repeated + "', unlike the key")
            .with("bad-element", key)
            .refusal();
      }
    }
  }

  /** What config must hold. */
  static void present(Data node, String leaf, InstancePath path) {
    if (node.at("config", leaf).isEmpty()) {
      throw RpcError.at(path, Tag.DATA_MISSING, "config/" + leaf + " must be there")
          .with("bad-element", leaf)
          .refusal();
    }
  }

  /** A leaf that refers to what is there (RFC 7950 section 15.5). */
  static void refers(Located leaf, boolean there, String message) {
    if (!there) {
      throw RpcError.at(leaf.path(), Tag.DATA_MISSING, message)
          .tagged("instance-required")
          .refusal();
    }
  }

  /** A node that must not be there, as its {@code when} is false (RFC 7950 section 8.3.2). */
  static void absent(Located node, String message) {
    throw RpcError.at(node.path(), Tag.UNKNOWN_ELEMENT, message)
        .with("bad-element", node.data().schema().name())
        .refusal();
  }
}
