package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.netconf.LeafType;
import io.patchbay.hwsim.netconf.Schema;
import io.patchbay.hwsim.netconf.YangModule;
import java.util.List;

/** The part of openconfig-qos that the simulated switch speaks. */
final class QosSchema {
  private static final SchemaNodes QOS = SchemaNodes.of("qos");
  private static final YangModule TYPES = SchemaNodes.of("qos-types").module();

  /** The modules for hello. */
  static final List<YangModule> MODULES = List.of(QOS.module(), TYPES);

  private static final LeafType TEXT = LeafType.text(255);
  private static final LeafType WORD_32 = LeafType.number(0, 0xffff_ffffL);

  /** What stands at the root of a datastore. */
  static final Schema TREE = QOS.container("qos", interfaces(), policies());

  private QosSchema() {}

  private static Schema interfaces() {
    Schema classifiers =
        QOS.container(
            "classifiers",
            QOS.list(
                "classifier",
                1,
                List.of(
                    QOS.leaf("type", LeafType.oneOf("IPV4", "IPV6", "MPLS")),
                    QOS.leaf("name", TEXT))));
    return QOS.container(
        "interfaces",
        QOS.list(
            "interface",
            1,
            List.of(QOS.leaf("interface-id", TEXT)),
            QOS.interfaceReference(),
            QOS.container("input", classifiers, binding()),
            QOS.container("output", binding())));
  }

  private static Schema binding() {
    return QOS.setting("scheduler-policy", QOS.leaf("name", TEXT));
  }

  private static Schema policies() {
    Schema oneRate =
        QOS.container(
            "one-rate-two-color",
            QOS.container(
                "config",
                QOS.leaf("cir", LeafType.number(0, Long.MAX_VALUE)),
                QOS.leaf("bc", WORD_32)),
            QOS.setting("exceed-action", QOS.leaf("drop", LeafType.flag())));
    Schema scheduler =
        QOS.list(
            "scheduler",
            1,
            List.of(
                QOS.leaf("sequence", WORD_32),
                QOS.leaf("type", LeafType.identity(TYPES, "ONE_RATE_TWO_COLOR"))),
            oneRate);
    return QOS.container(
        "scheduler-policies",
        QOS.list(
            "scheduler-policy",
            1,
            List.of(QOS.leaf("name", TEXT)),
            QOS.container("schedulers", scheduler)));
  }
}
