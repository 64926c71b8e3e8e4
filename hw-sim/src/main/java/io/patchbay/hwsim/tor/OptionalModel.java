package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.netconf.Schema;
import io.patchbay.hwsim.netconf.YangModule;
import java.util.List;
import java.util.Optional;

/** What of OpenConfig a switch may know or not (contract tor.md section 2). */
public enum OptionalModel {
  /** Access control lists, and which ports they are bound to. */
  ACL(AclSchema.TREE, AclSchema.MODULES),
  /** Scheduler policies, and which ports they are bound to. */
  QOS(QosSchema.TREE, QosSchema.MODULES),
  /** EVPN instances in network instances. */
  EVPN(NetworkInstanceSchema.EVPN_MODULES);

  private final Optional<Schema> tree;
  private final List<YangModule> modules;

  OptionalModel(Schema tree, List<YangModule> modules) {
    this.tree = Optional.of(tree);
    this.modules = modules;
  }

  OptionalModel(List<YangModule> modules) {
    this.tree = Optional.empty();
    this.modules = modules;
  }

  /** What of it stands at the root of a datastore; empty where it is within what is there. */
  Optional<Schema> tree() {
    return tree;
  }

  /** The modules for hello. */
  List<YangModule> modules() {
    return modules;
  }
}
