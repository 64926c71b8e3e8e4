package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Connections;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import io.patchbay.sriovmanager.events.Refusal;
import io.patchbay.sriovmanager.events.Refusal.Reason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TellDenialsTest {
  private static final Failure DENIED = new Failure(Failure.Kind.DENIED, "whoever that is");

  private final FakeTime time = new FakeTime();
  private final Connection asked = Connections.arrived("id", time);
  private final Call call = Call.of(asked, List.of(), new Cause.Asked(), time.now());
  private final List<Refusal> told = new ArrayList<>();

  /** Of the node: the connection's labels may name anybody's pod. */
  private static final Refusal OF_NODE =
      Refusal.ofNode(
          Reason.NOT_LET_IN,
          "the policies did not let a request or a close in; whoever asked was told why");

  private static final Link OPEN = (call, next) -> next.request(call);

  private static final Link SHUT =
      new Link() {
        @Override
        public Connection request(Call call, Handler next) {
          throw DENIED;
        }

        @Override
        public void close(Connection asked) {
          throw DENIED;
        }
      };

  @Test
  void whoIsNotLetInIsToldOfTheNode() {
    Link link = new TellDenials(SHUT, told::add);
    assertSame(DENIED, assertThrows(Failure.class, () -> link.request(call, Call::connection)));
    assertSame(DENIED, assertThrows(Failure.class, () -> link.close(asked)));
    assertEquals(List.of(OF_NODE, OF_NODE), told);
  }

  @Test
  void whatIsRefusedFurtherOnIsToldThere() {
    Link link = new TellDenials(OPEN, told::add);
    Handler refuses =
        ahead -> {
          throw DENIED;
        };
    assertSame(DENIED, assertThrows(Failure.class, () -> link.request(call, refuses)));
    assertSame(asked, link.request(call, Call::connection));
    link.close(asked);
    assertEquals(List.of(), told);
  }
}
