package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.Owner;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.events.Refusal;
import io.patchbay.sriovmanager.events.Refusal.Reason;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is told of a catalog: each row is one. */
class BrokenWatchTest {
  private static final PciAddress PF = PciAddress.parse("0000:3b:00.0");
  private static final PciAddress VF = PciAddress.parse("0000:3b:01.0");
  private static final String CARRIER = "PF ens1f0 has no carrier";

  private record Row(
      String name, VirtualFunction.Builder vf, String ofPf, String trouble, List<Refusal> told) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static VirtualFunction.Builder vf(State state, String reason, String fault) {
    return VirtualFunction.newBuilder()
        .setPciAddress(VF.toString())
        .setPfAddress(PF.toString())
        .setState(state)
        .setReason(reason)
        .setFault(fault);
  }

  private static VirtualFunction.Builder owned(State state, String reason, String fault) {
    return vf(state, reason, fault)
        .setOwner(Owner.newBuilder().setPodNamespace("default").setPodName("cnf-1"));
  }

  static Stream<Row> rows() {
    Refusal pf = Refusal.ofNode(Reason.PF_BROKEN, PF + ": " + CARRIER);
    String driver = "has no driver instead of iavf";
    String home = "cannot come home: pod 4026531840 is trapped";
    return Stream.of(
        new Row("free", vf(State.FREE, "", ""), "", "", List.of()),
        new Row("in use", owned(State.HELD, "", ""), "", "", List.of()),
        new Row("on its way", owned(State.DRAINING, "pod is gone", ""), "", "", List.of()),
        new Row(
            "broken",
            vf(State.BROKEN, driver, ""),
            "",
            "",
            List.of(Refusal.ofNode(Reason.VF_BROKEN, VF + " " + driver))),
        new Row(
            "its PF has no carrier: once for all",
            vf(State.BROKEN, CARRIER, CARRIER),
            CARRIER,
            "",
            List.of(pf)),
        new Row(
            "and its pod is told too",
            owned(State.HELD, CARRIER, CARRIER),
            CARRIER,
            "",
            List.of(pf, Refusal.ofPod("default", "cnf-1", Reason.VF_BROKEN, VF + " " + CARRIER))),
        new Row(
            "lost",
            owned(State.HELD, "lost", "lost").setPfAddress(""),
            "",
            "",
            List.of(Refusal.ofPod("default", "cnf-1", Reason.VF_BROKEN, VF + " lost"))),
        new Row(
            "trapped",
            owned(State.DRAINING, "pod is gone; " + home, ""),
            "",
            home,
            List.of(Refusal.ofPod("default", "cnf-1", Reason.NOT_HOME, VF + " " + home))),
        new Row(
            "a text that names its PF",
            vf(State.FREE, "", ""),
            "there is no PCI device " + PF,
            "",
            List.of(Refusal.ofNode(Reason.PF_BROKEN, "there is no PCI device " + PF))));
  }

  @ParameterizedTest
  @MethodSource("rows")
  void isTold(Row row) {
    Catalog catalog = Catalog.newBuilder().addFunctions(row.vf).build();
    assertEquals(
        row.told,
        List.copyOf(
            BrokenWatch.of(
                catalog,
                row.ofPf.isEmpty() ? Map.of() : Map.of(PF, row.ofPf),
                row.trouble.isEmpty() ? Map.of() : Map.of(VF, row.trouble))));
  }
}
