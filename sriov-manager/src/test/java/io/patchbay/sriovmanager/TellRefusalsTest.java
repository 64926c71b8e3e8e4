package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.linux.PciAddress;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Connections;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.sriovmanager.ClaimRules.Listed;
import io.patchbay.sriovmanager.events.Refusal;
import io.patchbay.sriovmanager.events.Refusal.Reason;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TellRefusalsTest {
  private static final PciAddress VF = PciAddress.parse("0000:3b:01.0");
  @TempDir Path folder;
  private final FakeTime time = new FakeTime();
  private final List<Refusal> told = new ArrayList<>();
  private Ledger ledger;
  private TellRefusals link;

  @BeforeEach
  void open() {
    ledger = Ledger.open(folder.resolve("ledger"), time, Patience.USUAL, "boot");
    link = new TellRefusals(told::add, ClientPod::labelled, ledger);
  }

  @AfterEach
  void close() {
    ledger.close();
  }

  private Call call(String pod, String token) {
    Connection.Builder asked = Connections.arrived("id", time).toBuilder();
    if (!pod.isEmpty()) {
      asked.putLabels("podName", pod);
    }
    Mechanism kernel =
        new KernelParameters(
                Optional.of("inode://4/1"),
                Optional.of("nsm-1"),
                Optional.of(token).filter(text -> !text.isEmpty()))
            .mechanism();
    return Call.of(
        asked.build(), List.of(kernel), new Cause.Asked(), time.now().plus(Duration.ofSeconds(1)));
  }

  private void refuse(Call call) {
    Failure why = new Failure(Failure.Kind.CONFLICT, "it is taken");
    Failure thrown =
        assertThrows(
            Failure.class,
            () ->
                link.request(
                    call,
                    ahead -> {
                      throw why;
                    }));
    assertSame(why, thrown);
  }

  @Test
  void aRefusalIsToldOfThePodThatAsked() {
    var unused = link.request(call("cnf-1", ""), Call::connection);
    assertEquals(List.of(), told);
    refuse(call("cnf-1", ""));
    refuse(call("", ""));
    assertEquals(
        List.of(
            Refusal.ofPod("default", "cnf-1", Reason.REQUEST_REFUSED, "it is taken"),
            Refusal.ofNode(Reason.REQUEST_REFUSED, "it is taken")),
        told);
  }

  @Test
  void aTokenTellsThePodOnceTheKubeletHasSaidIt() {
    ResourceName name = ResourceName.parse("example.com/100g");
    String token = ledger.reserve(name, List.of(VF)).getFirst().grant().token();
    refuse(call("", token));
    Claim.Use use = new Claim.Use("team", "cnf-2", "app", 0);
    ledger.report(Map.of(VF, new Listed(name.toString(), use)), false);
    refuse(call("", token));
    assertEquals(
        List.of(
            Refusal.ofNode(Reason.REQUEST_REFUSED, "it is taken"),
            Refusal.ofPod("team", "cnf-2", Reason.REQUEST_REFUSED, "it is taken")),
        told);
  }
}
