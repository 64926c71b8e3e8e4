package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.Owner;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Await;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Time;
import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.events.Refusal;
import io.patchbay.sriovmanager.events.Refusal.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is told of a catalog: each row is one. */
class BrokenWatchTest {
  private static final PciAddress PF = PciAddress.parse("0000:3b:00.0");
  private static final PciAddress VF = PciAddress.parse("0000:3b:01.0");
  private static final String CARRIER = "PF ens1f0 has no carrier";

  private static final String WITHHELD =
      "is offered to nobody: the config changes it once PF 0000:3b:00.0 has no VF in the way";

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
            "kept back for a change of the config, which is told itself",
            vf(State.BROKEN, WITHHELD, ""),
            "",
            "",
            List.of()),
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
                row.trouble.isEmpty() ? Map.of() : Map.of(VF, row.trouble),
                List.of())));
  }

  @Test
  void whatIsWrongWithTheConfigIsTold() {
    assertEquals(
        Set.of(Refusal.ofNode(Reason.CONFIG_REFUSED, "pci.config:2: no")),
        BrokenWatch.of(
            Catalog.getDefaultInstance(), Map.of(), Map.of(), List.of("pci.config:2: no")));
  }

  @Test
  void whatLastsIsToldAgainAndWhatComesBackAnew() {
    FakeTime time = new FakeTime();
    Refusal lasting = Refusal.ofNode(Reason.CONFIG_REFUSED, "pci.config:2: no");
    Refusal passing = Refusal.ofNode(Reason.PF_BROKEN, CARRIER);
    Set<Refusal> wrong = new HashSet<>(Set.of(lasting, passing));
    List<Refusal> told = new ArrayList<>();
    BrokenWatch watch = new BrokenWatch(() -> wrong, told::add, time);
    watch.look();
    watch.look();
    assertEquals(2, told.size());
    wrong.remove(passing);
    watch.look();
    wrong.add(passing);
    watch.look();
    assertEquals(List.of(passing), told.subList(2, told.size()));
    wrong.remove(passing);
    time.advance(Duration.ofMinutes(15));
    watch.look();
    assertEquals(List.of(lasting), told.subList(3, told.size()));
  }

  @Test
  void aLookThatFailsIsNotTheLast() throws InterruptedException {
    Refusal pf = Refusal.ofNode(Reason.PF_BROKEN, CARRIER);
    AtomicInteger looks = new AtomicInteger();
    Supplier<Set<Refusal>> wrong =
        () -> {
          if (looks.getAndIncrement() == 0) {
            throw new IllegalStateException("once");
          }
          return Set.of(pf);
        };
    List<Refusal> told = new CopyOnWriteArrayList<>();
    BrokenWatch watch = new BrokenWatch(wrong, told::add, Time.system());
    watch.start();
    Await.until("told", Duration.ofSeconds(10), () -> told.equals(List.of(pf)));
    watch.close();
  }
}
