package io.patchbay.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.workload.SpiffeWorkloadAPIGrpc;
import io.patchbay.api.workload.X509SVIDRequest;
import io.patchbay.base.Await;
import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.identity.Authority;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.identity.Identity;
import io.patchbay.mesh.identity.WorkloadApi;
import io.patchbay.sockets.Channels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server with our own client, over a real socket, about this very process. */
class IdentityServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Time TIME = Time.system();

  @TempDir Path folder;
  private final Stack stack = new Stack();

  @AfterEach
  void stop() {
    stack.close();
  }

  private IdentityServer serve(String rule, Map<String, String> more) throws IOException {
    Path file = folder.resolve("identity.yaml");
    Files.writeString(file, "trustDomain: here.test\nrules:\n  - " + rule + "\n");
    Map<String, String> settings =
        new HashMap<>(
            Map.of(
                "PATCHBAY_IDENTITY_LISTEN_ON", "unix://" + folder.resolve("agent.sock"),
                "PATCHBAY_IDENTITY_FILE", file.toString(),
                "PATCHBAY_AUTHORITY_FILE", folder.resolve("ca/authority.pem").toString(),
                "PATCHBAY_POD_NETWORKS", folder.resolve("pods").toString(),
                "NODE_NAME", "node-1"));
    settings.putAll(more);
    return stack.push(IdentityServer.start(Environment.read(IdentityConfig.class, settings), TIME));
  }

  private IdentityServer serve() throws IOException {
    return serve("{id: 'spiffe://here.test/{node}/x', network: host}", Map.of());
  }

  private Identities open(Url address) {
    return open(address, PATIENCE);
  }

  private Identities open(Url address, Duration patience) {
    Identities identities = stack.push(WorkloadApi.open(address, patience, TIME)).identities();
    identities.await();
    return identities;
  }

  @Test
  void aProcessLearnsWhoItIsAndWhomToBelieve() throws IOException {
    Identities identities = open(serve().address());
    Identity identity = identities.current();
    assertEquals("spiffe://here.test/node-1/x", identity.id());
    assertEquals("EC", identity.key().getAlgorithm());
    assertEquals(1, identities.bundle("here.test").size());
    assertEquals(Set.of(), identities.bundle("there.test"));
  }

  @Test
  void theAuthorityIsMadeOnceAndOnlyItsOwnerCanReadIt() throws IOException {
    IdentityServer first = serve();
    Set<?> before = open(first.address()).bundle("here.test");
    Path file = folder.resolve("ca/authority.pem");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    first.close();
    assertEquals(before, open(serve().address()).bundle("here.test"));
    try (var files = Files.list(file.getParent())) {
      assertEquals(1, files.count(), "no drafts are left");
    }
  }

  @Test
  void anIdentityIsRenewedAtHalfOfItsLifeOnTheStreamThatIsOpen() throws IOException {
    IdentityServer server =
        serve(
            "{id: 'spiffe://here.test/x', network: host}",
            Map.of("PATCHBAY_IDENTITY_LIFETIME", "2s"));
    Identities identities = open(server.address());
    Identity first = identities.current();
    Await.until("renewed", PATIENCE, () -> !identities.current().leaf().equals(first.leaf()));
    assertTrue(identities.having(first.leaf()).isPresent(), "connections still have the first");
  }

  @Test
  void anIdentityStaysWhileTheServerIsAwayAndTheClientComesBack() throws IOException {
    IdentityServer server = serve();
    Identities identities = open(server.address());
    Identity first = identities.current();
    server.close();
    assertEquals(first, identities.current());
    var again = serve();
    Await.until("asked again", PATIENCE, () -> !identities.current().equals(first));
  }

  @Test
  void federatedBundlesComeFromTheirFiles() throws IOException {
    Path other = folder.resolve("there/authority.pem");
    Authority there = new AuthorityFile(other).open("there.test", TIME);
    String rule = "{id: 'spiffe://here.test/x', network: host}\nfederated: {there.test: " + other;
    Identities identities = open(serve(rule + "}", Map.of()).address());
    assertEquals(Set.of(there.certificate()), identities.bundle("there.test"));
  }

  @Test
  void whomNoRuleIsAboutGetsNothing() throws IOException {
    Url address = serve("{id: 'spiffe://here.test/x', network: pod}", Map.of()).address();
    Failure e = assertThrows(Failure.class, () -> open(address, Duration.ofMillis(1500)));
    assertEquals(Failure.Kind.UNAVAILABLE, e.kind());
    String text = String.valueOf(e.getMessage());
    assertTrue(text.contains("SPIFFE_ENDPOINT_SOCKET=" + address), text);
    assertTrue(text.contains("no identity issued: no rule is about process "), text);
  }

  @Test
  void aServerThatIsNotThereIsNamed() {
    Url nowhere = Url.parse("unix://" + folder.resolve("nowhere.sock"));
    Failure e = assertThrows(Failure.class, () -> open(nowhere, Duration.ofMillis(300)));
    String text = String.valueOf(e.getMessage());
    assertTrue(text.contains(nowhere.toString()), text);
    assertTrue(text.contains("no such socket"), text);
  }

  @Test
  void aCallWithoutTheHeaderIsRefused() throws IOException {
    var stub =
        SpiffeWorkloadAPIGrpc.newBlockingStub(stack.push(new Channels()).to(serve().address()));
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                stub.withDeadlineAfter(20, TimeUnit.SECONDS)
                    .fetchX509SVID(X509SVIDRequest.getDefaultInstance())
                    .next());
    assertEquals(Status.Code.INVALID_ARGUMENT, e.getStatus().getCode());
  }

  @Test
  void anAuthorityOfAnotherTrustDomainIsNotUsed() {
    AuthorityFile file = new AuthorityFile(folder.resolve("authority.pem"));
    var unused = file.open("here.test", TIME);
    Failure e = assertThrows(Failure.class, () -> file.open("there.test", TIME));
    assertTrue(
        String.valueOf(e.getMessage()).contains("is of trust domain here.test, not there.test"));
    assertFalse(String.valueOf(e.getMessage()).contains("PRIVATE"));
  }
}
