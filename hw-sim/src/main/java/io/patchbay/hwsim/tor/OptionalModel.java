package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.netconf.Schema;
import io.patchbay.hwsim.netconf.YangModule;
import java.util.List;

/** What of OpenConfig a switch may know or not (contract tor.md section 2). */
public enum OptionalModel {
  /** Access control lists, and which ports they are bound to. */
  ACL(AclSchema.TREE, AclSchema.MODULES),
  /** Scheduler policies, and which ports they are bound to. */
  QOS(QosSchema.TREE, QosSchema.MODULES);

  private final Schema tree;
  private final List<YangModule> modules;

  OptionalModel(Schema tree, List<YangModule> modules) {
    this.tree = tree;
    this.modules = modules;
  }

  /** What stands at the root of a datastore. */
  Schema tree() {
    return tree;
  }

  /** The modules for hello. */
  List<YangModule> modules() {
    return modules;
  }
}
