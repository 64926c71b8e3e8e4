package io.patchbay.mesh.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.mesh.identity.Identity;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Client, manager and forwarder: what a forwarder, and the client, think of their tokens. */
class NativePoliciesTest {
  @TempDir static Path empty;
  private final FakeTime time = new FakeTime();
  private final Signed mesh = new Signed("k8s.nsm", time);
  private final Identity client = mesh.identity("nsc");
  private final Identity manager = mesh.identity("nsmgr");
  private final Identity forwarder = mesh.identity("forwarder");
  private final Identity stranger = mesh.identity("stranger");
  private final PolicyFiles files = new PolicyFiles(empty, Optional.empty(), time);
  private final List<String> tokens =
      new ArrayList<>(
          List.of(
              mesh.token(client, manager),
              mesh.token(manager, forwarder),
              mesh.token(forwarder, manager)));

  private Access asked(X509Certificate peer) {
    return Access.ToConnection.asked(Signed.path(2, tokens), Optional.of(peer));
  }

  private Access answered(X509Certificate peer) {
    return Access.ToConnection.answered(Signed.path(0, tokens), Optional.of(peer));
  }

  private String refusal(Policies policies, Access access) {
    Failure failure = assertThrows(Failure.class, () -> policies.check(access));
    assertEquals(Failure.Kind.DENIED, failure.kind());
    String text = Failure.text(failure);
    assertTrue(text.startsWith("no sufficient privileges: "), text);
    for (String token : access.tokens()) {
      assertFalse(token.length() > 20 && text.contains(token), "a token is in: " + text);
    }
    return text.substring("no sufficient privileges: ".length());
  }

  private void refused(String by) {
    String server = refusal(files.server(), asked(manager.leaf()));
    assertTrue(server.startsWith(by), server);
    String answered = refusal(files.client(), answered(manager.leaf()));
    assertTrue(answered.startsWith(by), answered);
  }

  @Test
  void aPathAsItShouldBeIsAccepted() {
    files.server().check(asked(manager.leaf()));
    files.client().check(answered(manager.leaf()));
    assertEquals(
        List.of(
            "common/tokens_valid.rego",
            "common/tokens_expired.rego",
            "common/tokens_chained.rego",
            "server/prev_token_signed.rego"),
        files.server().names());
  }

  @Test
  void aServerDoesNotLookBehindItsOwnSegment() {
    tokens.add("an earlier answer's, of a hop that is gone");
    files.server().check(asked(manager.leaf()));
  }

  @Test
  void aTokenThatCannotBeReadIsRefused() {
    for (String broken : List.of("", "x", "a.b.c", tokens.get(2) + ".x", "e30..", "e30.W10.AA")) {
      tokens.set(2, broken);
      refused("common/");
    }
    assertEquals(
        "common/tokens_valid.rego: segment 2 of the path has no token that can be read",
        refusal(files.server(), asked(manager.leaf())));
  }

  @Test
  void aTokenOfImmenseLengthIsNotEvenRead() {
    tokens.set(2, mesh.token(forwarder, Map.of("x", "y".repeat(Jwt.CHARACTERS_MAX))));
    refused("common/");
  }

  @Test
  void aTokenIsGoodUntilTheSecondItNames() {
    time.advance(Duration.ofSeconds(600).minusMillis(1));
    files.server().check(asked(manager.leaf()));
    time.advance(Duration.ofMillis(1));
    refused("common/tokens_expired.rego: the token of segment 0");
  }

  @Test
  void anEndMustBeANumberThatAClockCanReach() {
    for (Object end : List.of("-", "9999999999", 1e13, List.of(9999999999L))) {
      tokens.set(2, mesh.token(forwarder, Map.of("aud", List.of(manager.id()), "exp", end)));
      refused("common/tokens_expired.rego: the token of segment 2");
    }
  }

  @Test
  void closingTheTokensBeforeThePeersMayHaveEnded() {
    long past = time.now().getEpochSecond() - 1;
    tokens.set(0, mesh.token(client, Map.of("aud", List.of(manager.id()), "exp", past)));
    refused("common/tokens_expired.rego: the token of segment 0");
    Policies server = files.server();
    server.check(Access.ToConnection.closing(Signed.path(2, tokens), Optional.of(manager.leaf())));
    tokens.set(1, mesh.token(manager, Map.of("aud", List.of(forwarder.id()), "exp", past)));
    String text =
        refusal(
            server,
            Access.ToConnection.closing(Signed.path(2, tokens), Optional.of(manager.leaf())));
    assertTrue(text.startsWith("common/tokens_expired.rego: the token of segment 1"), text);
  }

  @Test
  void aTokenForAnotherHopIsRefused() {
    tokens.set(0, mesh.token(client, stranger));
    refused("common/tokens_chained.rego: the token of segment 0");
  }

  @Test
  void swappedTokensAreRefused() {
    tokens.add(tokens.removeFirst());
    refused("common/tokens_chained.rego: the token of segment 1");
  }

  @Test
  void theAudienceIsAnArrayEvenForOne() {
    tokens.set(0, mesh.token(client, Map.of("aud", manager.id())));
    refused("common/tokens_chained.rego: the token of segment 0");
    tokens.set(0, mesh.token(client, Map.of("aud", "-")));
    refused("common/tokens_chained.rego: the token of segment 0");
    tokens.set(0, mesh.token(client, Map.of("aud", List.of("x", manager.id()))));
    files.server().check(asked(manager.leaf()));
  }

  @Test
  void aTokenSignedByAnotherKeyIsRefused() {
    String claims = tokens.get(1).split("\\.")[1];
    String[] other = mesh.token(stranger, forwarder).split("\\.");
    tokens.set(1, other[0] + "." + claims + "." + other[2]);
    signedRefused("is not signed with the peer's certificate");
  }

  private void signedRefused(String why) {
    String server = refusal(files.server(), asked(manager.leaf()));
    assertTrue(server.startsWith("server/prev_token_signed.rego") && server.contains(why), server);
    String answered = refusal(files.client(), answered(manager.leaf()));
    assertTrue(
        answered.startsWith("client/next_token_signed.rego") && answered.contains(why), answered);
  }

  @Test
  void aTokenReSignedUnderAnotherNameIsRefused() {
    // The peer signs, with its own key, what another one would say.
    tokens.set(
        1, mesh.token(stranger, Map.of("sub", manager.id(), "aud", List.of(forwarder.id()))));
    String text = refusal(files.server(), asked(stranger.leaf()));
    assertTrue(text.contains("the peer's certificate does not"), text);
    text = refusal(files.client(), answered(stranger.leaf()));
    assertTrue(text.contains("the peer's certificate does not"), text);
  }

  @Test
  void thePeersTokenMustBeThePeers() {
    String text = refusal(files.server(), asked(stranger.leaf()));
    assertTrue(text.startsWith("server/prev_token_signed.rego"), text);
  }

  @Test
  void aCertificateOfAForeignDomainWithTheSameNameIsRefused() {
    Identity foreign = new Signed("k8s.nsm", time).identity("nsmgr");
    assertEquals(manager.id(), foreign.id());
    assertTrue(refusal(files.server(), asked(foreign.leaf())).contains("is not signed"));
  }

  @Test
  void withoutACertificateNothingIsSigned() {
    Access plain = Access.ToConnection.asked(Signed.path(2, tokens), Optional.empty());
    assertEquals(
        "server/prev_token_signed.rego: the peer has shown no certificate",
        refusal(files.server(), plain));
  }

  @Test
  void aPathWithoutAPeersSegmentIsRefused() {
    tokens.subList(1, 3).clear();
    assertEquals(
        "server/prev_token_signed.rego: the path has no segment -1, which the peer must have",
        refusal(
            files.server(),
            Access.ToConnection.asked(Signed.path(0, tokens), Optional.of(client.leaf()))));
    assertEquals(
        "client/next_token_signed.rego: the path has no segment 1, which the peer must have",
        refusal(files.client(), answered(manager.leaf())));
  }

  @Test
  void aTokenThatAnotherAlgorithmSignedIsRefused() {
    String[] parts = tokens.get(1).split("\\.");
    String none = "eyJhbGciOiJIUzI1NiJ9"; // {"alg":"HS256"}
    tokens.set(1, none + "." + parts[1] + "." + parts[2]);
    signedRefused("is not signed with the peer's certificate");
  }

  @Test
  void aNameBelongsToWhoRegisteredItLast() {
    Policies policies =
        files.find(Access.Kind.REGISTRY, List.of("etc/nsm/opa/registry/client_allowed.rego"));
    policies.check(named("nse1", Optional.empty()));
    policies.check(named("nse1", Optional.of(List.of(client.id(), manager.id()))));
    assertEquals(
        "registry/client_allowed.rego: 'nse1' is registered by somebody else",
        refusal(policies, named("nse1", Optional.of(List.of(manager.id(), client.id())))));
  }

  private Access named(String name, Optional<List<String>> owner) {
    return new Access.ToRegistry(
        client.id(), name, owner, tokens.subList(0, 2), 1, Optional.of(client.leaf()));
  }

  @Test
  void aRegistrationIsJudgedByItsTokensToo() {
    Policies policies =
        files.find(Access.Kind.REGISTRY, List.of(PolicyFiles.REGISTRY_SERVER.split(",")));
    assertEquals(5, policies.names().size());
    policies.check(named("nse1", Optional.empty()));
    time.advance(Duration.ofMinutes(10));
    assertTrue(
        refusal(policies, named("nse1", Optional.empty())).startsWith("common/tokens_expired"));
  }

  @Test
  void aWatcherSeesWhatIsItsOwnWhereThatPolicyIsAskedFor() {
    Policies policies = files.find(Access.Kind.MONITOR, List.of("etc/nsm/opa/monitor/.*.rego"));
    policies.check(watch(List.of("1", "2"), List.of("2", "3")));
    assertTrue(
        refusal(policies, watch(List.of("1"), List.of("3")))
            .startsWith("monitor/service_connection.rego"));
    assertTrue(
        refusal(policies, watch(List.of("1"), List.of()))
            .startsWith("monitor/service_connection.rego"));
  }

  @Test
  void anUnchangedTokenIsVerifiedOnce() {
    Policies server = files.server();
    for (int i = 0; i < 5; i++) {
      server.check(asked(manager.leaf()));
    }
    assertEquals(1, files.known().misses());
    assertEquals(4, files.known().hits());
  }

  @Test
  void whatOneCertificateSignedAnotherHasNot() {
    KnownTokens known = new KnownTokens(time);
    String token = mesh.token(client, manager);
    assertTrue(known.isSigned(token, client.leaf()));
    assertFalse(known.isSigned(token, stranger.leaf()));
    assertTrue(known.isSigned(token, client.leaf()));
    assertEquals(1, known.hits());
    assertEquals(2, known.misses());
  }

  @Test
  void aTokenIsForgottenWhenItEnds() {
    KnownTokens known = new KnownTokens(time);
    String token = mesh.token(client, manager);
    assertTrue(known.isSigned(token, client.leaf()));
    assertEquals(1, known.size());
    time.advance(Duration.ofMinutes(10));
    assertTrue(known.read(token).isPresent());
    assertEquals(0, known.size());
  }

  @Test
  void onlySoManyTokensAreKnownAndNoLongOnes() {
    KnownTokens known = new KnownTokens(time);
    String good = mesh.token(client, manager);
    assertTrue(known.isSigned(good, client.leaf()));
    String head = good.substring(0, good.lastIndexOf('.') + 1);
    for (int i = 0; i < KnownTokens.TOKENS_MAX + 10; i++) {
      known.read(
          head
              + java.util.Base64.getUrlEncoder()
                  .withoutPadding()
                  .encodeToString(("s" + i).getBytes()));
    }
    assertEquals(KnownTokens.TOKENS_MAX, known.size());
    long misses = known.misses();
    assertTrue(known.isSigned(good, client.leaf()));
    assertEquals(misses + 1, known.misses());
    String long_ = mesh.token(client, Map.of("x", "y".repeat(KnownTokens.CHARACTERS_MAX)));
    assertTrue(known.isSigned(long_, client.leaf()) && known.isSigned(long_, client.leaf()));
    assertEquals(misses + 3, known.misses());
  }

  private static Access watch(List<String> owned, List<String> selected) {
    return new Access.ToMonitor("a", owned, selected, List.of(), Optional.empty());
  }
}
