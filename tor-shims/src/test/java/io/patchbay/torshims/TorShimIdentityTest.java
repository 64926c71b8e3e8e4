package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ClientInterceptors;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.networkservice.NetworkServiceGrpc;
import io.patchbay.api.networkservice.NetworkServiceGrpc.NetworkServiceBlockingStub;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.base.Environment;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.TokenHeaders;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.identity.SpiffeId;
import io.patchbay.mesh.policy.Signed;
import io.patchbay.sockets.Channels;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole shim as it runs, over mutual TLS: whom it lets touch the switch. */
@Timeout(120)
class TorShimIdentityTest {
  private static final Duration LIFETIME = Duration.ofMinutes(10);
  private static final String PF1 = "02:00:00:00:01:00";

  @TempDir private Path folder;
  private final Time time = Time.system();
  private final Stack stack = new Stack();
  private final Signed mesh = new Signed("k8s.nsm", time);
  private Rig rig;
  private TorShim shim;
  private String factory;

  @BeforeEach
  void start() throws IOException {
    rig = stack.push(new Rig(folder));
    factory = rig.tor.runningConfig();
    shim =
        stack.push(
            TorShim.start(
                Environment.read(TorShimConfig.class, rig.environment),
                Optional.of(identities("tor-shim")),
                failure -> {},
                time));
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  private Identities identities(String pod) {
    SpiffeId id = SpiffeId.parse("spiffe://k8s.nsm/ns/nsm-system/pod/" + pod);
    return new Identities(
        mesh.authority().issue(id, Duration.ofHours(1), time), mesh.authority().bundles());
  }

  private NetworkServiceBlockingStub as(String pod) {
    Identities identities = identities(pod);
    Channels channels = stack.push(new Channels(Optional.of(identities.security())));
    return NetworkServiceGrpc.newBlockingStub(
            ClientInterceptors.intercept(
                channels.to(shim.url()), new TokenHeaders(Tokens.of(identities, LIFETIME, time))))
        .withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private static NetworkServiceRequest asking(String node) {
    Connection fresh =
        Paths.arrive(
            Connection.newBuilder().setId("a").setNetworkService("myns").build(), "manager");
    return NetworkServiceRequest.newBuilder()
        .setConnection(fresh)
        .addMechanismPreferences(Rig.vlan(node, PF1))
        .build();
  }

  private static String denied(Runnable call) {
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, call::run);
    assertEquals(Status.Code.PERMISSION_DENIED, e.getStatus().getCode(), e.toString());
    return String.valueOf(e.getStatus().getDescription());
  }

  @Test
  void whoeverDoesNotSpeakForTheNodeTouchesNothing() {
    String text = denied(() -> as("sriov-manager-node-2").request(asking("node-1")));
    assertTrue(text.startsWith("no sufficient privileges"), text);
    assertTrue(text.contains("pod/sriov-manager-node-2' does not speak for node 'node-1'"), text);
    denied(() -> as("app-1").request(asking("node-1")));
    assertEquals(factory, rig.tor.runningConfig());
  }

  @Test
  void theNodesOwnManagerIsServedAndNobodyElseChangesWhatItHas() {
    Connection agreed = as("sriov-manager-node-1").request(asking("node-1"));
    String running = rig.tor.runningConfig();
    assertNotEquals(factory, running);
    denied(() -> as("sriov-manager-node-2").close(agreed));
    denied(() ->
        as("sriov-manager-node-2")
            .request(NetworkServiceRequest.newBuilder().setConnection(agreed).build()));
    assertEquals(running, rig.tor.runningConfig());
    var unused = as("sriov-manager-node-1").close(agreed);
    assertEquals(factory, rig.tor.runningConfig());
  }
}
