package io.patchbay.workloads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connectioncontext.ConnectionContext;
import io.patchbay.api.connectioncontext.IPContext;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pings over this machine's own loopback, where the whole of 127.0.0.0/8 answers. */
class LivenessTest {
  private final Liveness liveness = new Liveness(Duration.ofMillis(400));

  @BeforeEach
  void needsRoot() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: sends pings");
  }

  private static Connection to(String... endpoints) {
    IPContext ip =
        IPContext.newBuilder()
            .addSrcIpAddrs("127.0.0.1/32")
            .addAllDstIpAddrs(List.of(endpoints))
            .build();
    return Connection.newBuilder()
        .setId("c")
        .setContext(ConnectionContext.newBuilder().setIpContext(ip))
        .build();
  }

  @Test
  void everyPairOfOneFamilyMustAnswer() {
    assertTrue(liveness.answers(to("127.0.0.2/32")));
    assertTrue(liveness.answers(to("127.0.0.2/32", "::1/128")), "no pair across families");
    assertFalse(liveness.answers(to("127.0.0.2/32", "192.0.2.1/32")), "RFC 5737: nobody's");
    assertTrue(liveness.answers(to()), "no pair at all");
  }

  @Test
  void silenceProvesNothingUntilItHasAnsweredOnce() {
    Connection silent = to("192.0.2.1/32");
    liveness.learn(silent);
    assertTrue(liveness.passes(silent));
    liveness.learn(to("127.0.0.2/32"));
    assertFalse(liveness.passes(silent));
  }

  @Test
  void aClientThatDoesNotPingTakesWhatMayBeDownForDown() {
    assertEquals(false, Liveness.none().passes(to("127.0.0.2/32")));
  }
}
