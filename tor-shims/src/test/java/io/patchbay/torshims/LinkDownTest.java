package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.ConnectionEvent;
import io.patchbay.api.connection.ConnectionEventType;
import io.patchbay.api.connection.State;
import io.patchbay.api.fabric.FabricGrpc;
import io.patchbay.api.fabric.GetRequest;
import io.patchbay.base.Await;
import io.patchbay.base.Url;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.sockets.Channels;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever watches the shim hears of a port that fails: a cable of the simulated switch is out. */
@Timeout(120)
class LinkDownTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration TOKENS = Duration.ofMinutes(10);
  private static final String PF1 = "02:00:00:00:01:00";
  private static final String PF2 = "02:00:00:00:02:ab";

  @TempDir private Path folder;
  private final Cable cable = new Cable("cable");
  private Rig rig;

  @BeforeEach
  void start() throws IOException {
    rig = new Rig(folder);
    rig.tor.attach("Ethernet1", cable.switchEnd());
    rig.start();
  }

  @AfterEach
  void stop() {
    rig.close();
    cable.close();
  }

  private String link() {
    Url socket = Url.parse("unix://" + folder.resolve("state").resolve("fabric.sock"));
    try (Channels channels = new Channels()) {
      return FabricGrpc.newBlockingStub(channels.to(socket))
          .get(GetRequest.getDefaultInstance())
          .getSwitches(0)
          .getPorts(0)
          .getLink();
    }
  }

  private static Connection next(Iterator<ConnectionEvent> events) {
    ConnectionEvent event = events.next();
    assertEquals(ConnectionEventType.UPDATE, event.getType());
    return event.getConnectionsMap().values().iterator().next();
  }

  private void awaitLink(String wanted) {
    Await.until("the link is " + wanted, PATIENCE, () -> link().equals(wanted));
  }

  @Test
  void whoeverWatchesHearsDownAndUpAgain() {
    Connection a = rig.request("a", "myns", "node-1", PF1);
    awaitLink("up");
    Iterator<ConnectionEvent> events = rig.monitor();
    assertEquals(ConnectionEventType.INITIAL_STATE_TRANSFER, events.next().getType());
    cable.unplug();
    Connection down = next(events);
    assertEquals(State.DOWN, down.getState());
    assertEquals(a.getPath().getPathSegments(1).getId(), down.getId());
    assertEquals(1, down.getPath().getIndex());
    cable.plug();
    Connection up = next(events);
    assertEquals(State.UP, up.getState());
    assertEquals(down.getId(), up.getId());
  }

  /** The first port is the gateway's here, and clients are at the second. */
  @Test
  void whoeverWatchesHearsThatTheGatewayIsLostAndBack() throws IOException {
    rig.file(
        "CABLES",
        "cables: [{node: node-2, pfMac: \"%s\", switch: tor-1, port: Ethernet2}]".formatted(PF2));
    rig.file(
        "FABRIC", FabricFilesTest.FABRIC + "    gatewayPorts: [{switch: tor-1, port: Ethernet1}]");
    rig.shim.close();
    rig.start();
    Connection a = rig.request("a", "other", "node-2", PF2);
    awaitLink("up");
    Iterator<ConnectionEvent> events = rig.monitor();
    assertEquals(State.UP, events.next().getConnectionsMap().values().iterator().next().getState());
    cable.unplug();
    Connection down = next(events);
    assertEquals(State.DOWN, down.getState());
    assertEquals(a.getPath().getPathSegments(1).getId(), down.getId());
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> rig.request("b", "other", "node-2", PF2));
    assertEquals(Status.Code.UNAVAILABLE, e.getStatus().getCode(), e::getMessage);
    cable.plug();
    assertEquals(State.UP, next(events).getState());
  }

  /** The answer to a refresh says UP in any case (contracts/nsm.md 6.3), the news do not. */
  @Test
  void whoLivesOnAFailedPortIsServedAndStaysDownAndNobodyNewComes() {
    Connection a = rig.request("a", "myns", "node-1", PF1);
    awaitLink("up");
    cable.unplug();
    awaitLink("failed");
    Connection again = rig.request(TOKENS, a);
    assertEquals(a.getMechanism(), again.getMechanism());
    ConnectionEvent first = rig.monitor().next();
    assertEquals(State.DOWN, first.getConnectionsMap().values().iterator().next().getState());
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> rig.request("b", "myns", "node-1", PF1));
    assertEquals(Status.Code.UNAVAILABLE, e.getStatus().getCode(), e::getMessage);
    assertTrue(
        e.getMessage().contains("port Ethernet1 of switch tor-1 has had no link since"),
        e.getMessage());
    Connection other = rig.request("c", "myns", "node-2", PF2);
    rig.close(a);
    rig.close(other);
    cable.plug();
    Await.until("there is a link again", PATIENCE, () -> isAdmitted("d"));
  }

  private boolean isAdmitted(String id) {
    try {
      rig.close(rig.request(id, "myns", "node-1", PF1));
      return true;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  @Test
  void aRestartForgetsNoFailure() {
    Connection a = rig.request("a", "myns", "node-1", PF1);
    awaitLink("up");
    cable.unplug();
    awaitLink("failed");
    rig.shim.close();
    rig.start();
    Iterator<ConnectionEvent> events = rig.monitor();
    Connection kept = events.next().getConnectionsMap().values().iterator().next();
    assertEquals(a.getPath().getPathSegments(1).getId(), kept.getId());
    assertEquals(State.DOWN, kept.getState());
    cable.plug();
    assertEquals(State.UP, next(events).getState());
  }
}
