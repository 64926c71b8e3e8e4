package io.patchbay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.stub.StreamObserver;
import io.patchbay.api.fabric.Claim;
import io.patchbay.api.fabric.DiffRequest;
import io.patchbay.api.fabric.Event;
import io.patchbay.api.fabric.FabricDiff;
import io.patchbay.api.fabric.FabricGrpc.FabricImplBase;
import io.patchbay.api.fabric.FabricHistory;
import io.patchbay.api.fabric.FabricState;
import io.patchbay.api.fabric.FabricTrial;
import io.patchbay.api.fabric.GetRequest;
import io.patchbay.api.fabric.HistoryRequest;
import io.patchbay.api.fabric.PortDiff;
import io.patchbay.api.fabric.PortState;
import io.patchbay.api.fabric.PortTrial;
import io.patchbay.api.fabric.SwitchDiff;
import io.patchbay.api.fabric.SwitchState;
import io.patchbay.api.fabric.TryRequest;
import io.patchbay.base.Url;
import io.patchbay.sockets.GrpcServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FabricCommandTest {
  private static final long AT = Instant.parse("2026-11-22T10:00:00.999Z").toEpochMilli();

  /** More than gRPC takes where nothing else is said: 4 MiB. */
  private static final String LONG = "x".repeat(5 << 20);

  @TempDir Path folder;

  /** A shim with two switches, one of which is away. */
  private static final class Shim extends FabricImplBase {
    private final boolean same;

    Shim(boolean same) {
      this.same = same;
    }

    private static <A> void answer(StreamObserver<A> observer, A answer) {
      observer.onNext(answer);
      observer.onCompleted();
    }

    @Override
    public void get(GetRequest request, StreamObserver<FabricState> observer) {
      answer(
          observer,
          FabricState.newBuilder()
              .addSwitches(
                  SwitchState.newBuilder()
                      .setName("tor-1")
                      .setChanges(3)
                      .setCommits(2)
                      .setCommitMillis(41)
                      .addPorts(
                          PortState.newBuilder()
                              .setName("Ethernet1")
                              .setSettled(true)
                              .setLink("failed")
                              .addClaims(
                                  Claim.newBuilder()
                                      .setVlan(100)
                                      .setService("myns")
                                      .setClient("spiffe://d/nsc")
                                      .setNode("node-1")
                                      .setPciAddress("0000:3b:01.0")
                                      .setConnectionId("c-1")
                                      .setSinceMillis(AT))))
              .addSwitches(
                  SwitchState.newBuilder()
                      .setName("tor-2")
                      .setWaiting(1)
                      .setFailures(4)
                      .setUnread(true)
                      .addPorts(PortState.newBuilder().setName("Ethernet2").setReason("no answer")))
              .build());
    }

    @Override
    public void diff(DiffRequest request, StreamObserver<FabricDiff> observer) {
      PortDiff.Builder port =
          PortDiff.newBuilder()
              .setName("Ethernet1")
              .setWanted("trunk VLANs 100")
              .setRunning(same ? "trunk VLANs 100" : "access VLAN 10")
              .setSame(same);
      FabricDiff.Builder diff =
          FabricDiff.newBuilder()
              .addSwitches(SwitchDiff.newBuilder().setName("tor-1").addPorts(port));
      if (!same) {
        diff.addSwitches(
            SwitchDiff.newBuilder()
                .setName("tor-2")
                .setFailure("switch tor-2 cannot be reached")
                .addPorts(PortDiff.newBuilder().setName("Ethernet2").setWanted("trunk VLANs 7")));
      }
      answer(observer, diff.build());
    }

    @Override
    public void try_(TryRequest request, StreamObserver<FabricTrial> observer) {
      PortTrial.Builder port =
          PortTrial.newBuilder()
              .setSwitchName("tor-1")
              .setPort("Ethernet1")
              .setService(request.getService() + request.getCapability())
              .setVlan(100);
      answer(
          observer,
          FabricTrial.newBuilder()
              .addPorts(same ? port.setTaken(true) : port.setReason("VLAN 100 is suspended"))
              .build());
    }

    @Override
    public void history(HistoryRequest request, StreamObserver<FabricHistory> observer) {
      answer(
          observer,
          FabricHistory.newBuilder()
              .addEvents(
                  Event.newBuilder()
                      .setAtMillis(AT)
                      .setSwitchName(request.getSwitchName())
                      .setPort("Ethernet" + request.getMost())
                      .setCause("take")
                      .setBefore(request.getMost() > 1000 ? LONG : "access VLAN 10")
                      .setAfter("trunk VLANs 100")
                      .setResult("done")
                      .addConnectionIds("c-1")
                      .addConnectionIds("c-2"))
              .build());
    }
  }

  private String shown(int status, boolean same, String... command) {
    Url socket = new Url("unix", folder.resolve("fabric.sock").toString());
    StringWriter shown = new StringWriter();
    try (GrpcServer shim = GrpcServer.start(List.of(socket), List.of(new Shim(same)))) {
      List<String> all = new ArrayList<>(List.of("fabric"));
      all.addAll(List.of(command));
      all.addAll(List.of("--socket", shim.addresses().getFirst().toString()));
      assertEquals(
          status,
          Patchbay.commandLine()
              .setOut(new PrintWriter(shown))
              .execute(all.toArray(new String[0])));
    }
    return shown.toString();
  }

  @Test
  void showsWhoHasWhatAndWhatIsNotSettled() {
    assertEquals(
        """
        SWITCH  PORT       VLAN  SERVICE  CLIENT          NODE    VF            CONNECTION  SINCE                 LINK    SETTLED
        tor-1   Ethernet1  100   myns     spiffe://d/nsc  node-1  0000:3b:01.0  c-1         2026-11-22T10:00:00Z  failed  yes
        tor-2   Ethernet2  -     -        -               -       -             -           -                     -       no: no answer
        tor-1: 3 changes in 2 commits, 20 ms each; 0 wait; 0 ports put right, 0 failures
        tor-2: 0 changes in 0 commits, 0 ms each; 1 wait; 0 ports put right, 4 failures; not read yet since the shim's disk was found empty
        """,
        shown(0, true, "get"));
  }

  @Test
  void aDifferenceIsShownAndIsTheExitStatus() {
    assertEquals(
        """
        SWITCH  PORT       -        WANTED           RUNNING
        tor-1   Ethernet1  DIFFERS  trunk VLANs 100  access VLAN 10
        tor-2   Ethernet2  unknown  trunk VLANs 7    -
        tor-2: switch tor-2 cannot be reached
        """,
        shown(3, false, "diff"));
    assertEquals(
        """
        SWITCH  PORT       -     WANTED           RUNNING
        tor-1   Ethernet1  same  trunk VLANs 100  trunk VLANs 100
        """,
        shown(0, true, "diff"));
  }

  @Test
  void whatASwitchWouldNotTakeIsShownAndIsTheExitStatus() {
    assertEquals(
        """
        SWITCH  PORT       SERVICE  VLAN  WOULD BE TAKEN
        tor-1   Ethernet1  myns     100   no: VLAN 100 is suspended
        """,
        shown(3, false, "try", "--service", "myns"));
    assertEquals(
        """
        SWITCH  PORT       SERVICE  VLAN  WOULD BE TAKEN
        tor-1   Ethernet1  myns     100   yes
        """,
        shown(0, true, "try", "--service", "myns"));
    assertEquals(
        """
        SWITCH  PORT       SERVICE    VLAN  WOULD BE TAKEN
        tor-1   Ethernet1  myns/100g  100   yes
        """,
        shown(0, true, "try", "--service", "myns", "--capability", "/100g"));
  }

  @Test
  void showsTheHistoryThatIsAskedFor() {
    assertEquals(
        """
        AT                    SWITCH  PORT       CAUSE  BEFORE          AFTER            RESULT  CONNECTIONS
        2026-11-22T10:00:00Z  tor-2   Ethernet7  take   access VLAN 10  trunk VLANs 100  done    c-1,c-2
        """,
        shown(0, true, "history", "--switch", "tor-2", "--last", "7"));
  }

  @Test
  void aLargeFabricIsShownWhole() {
    assertEquals(true, shown(0, true, "history", "--last", "5000").contains(LONG));
  }

  @Test
  void tellsProgramsAllOfIt() {
    String json = shown(0, true, "get", "--json");
    assertEquals(true, json.contains("\"commitMillis\""), json);
  }

  @Test
  void anAbsentShimIsAFailure() {
    String nobody = "unix://" + folder.resolve("nobody.sock");
    assertEquals(1, Patchbay.commandLine().execute("fabric", "get", "--socket", nobody));
  }
}
