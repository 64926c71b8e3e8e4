package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.netconf.LeafType;
import io.patchbay.hwsim.netconf.Schema;
import io.patchbay.hwsim.netconf.YangModule;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes schema nodes of one module, all of them editable.
 *
 * @param module the module that defines them
 */
record SchemaNodes(YangModule module) {
  private static final String BASE = "http://openconfig.net/yang/";

  /** The nodes of a module of OpenConfig, whose name is also the end of its namespace. */
  static SchemaNodes of(String name) {
    return new SchemaNodes(new YangModule(BASE + name, "oc-" + name, "openconfig-" + name));
  }

  Schema leaf(String name, LeafType type) {
    return new Schema.Leaf(module, name, type);
  }

  Schema container(String name, Schema... below) {
    return new Schema.Container(module, name, true, List.of(below));
  }

  /** A container of one leaf in a container {@code config}. */
  Schema setting(String container, Schema leaf) {
    return container(container, container("config", leaf));
  }

  /**
   * A list as OpenConfig has them: what is in {@code config} begins with the keys, which the entry
   * repeats.
   */
  Schema list(String name, int keys, List<Schema> config, Schema... below) {
    List<Schema> children = new ArrayList<>(config.subList(0, keys));
    children.add(container("config", config.toArray(Schema[]::new)));
    children.addAll(List.of(below));
    return new Schema.Entries(
        module, name, config.stream().limit(keys).map(Schema::name).toList(), children);
  }

  /** What tells which port an entry is about. */
  Schema interfaceReference() {
    return container(
        "interface-ref",
        container(
            "config",
            leaf("interface", LeafType.text(255)),
            leaf("subinterface", LeafType.number(0, 0xffff_ffffL))));
  }
}
