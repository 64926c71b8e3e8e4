package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.patchbay.base.FakeTime;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TokensTest {
  private static final Optional<String> PEER = Optional.of("spiffe://d/peer");
  private static final Duration LIFETIME = Duration.ofMinutes(9);

  private final FakeTime time = new FakeTime();
  private final Tokens tokens = Tokens.selfSigned("spiffe://d/me", LIFETIME, time);

  @Test
  void aPeerGetsTheSameTokenForAThirdOfItsLifetime() {
    Paths.Token first = tokens.issue(PEER);
    time.advance(Duration.ofMinutes(3).minusMillis(1));
    assertSame(first, tokens.issue(PEER));
    time.advance(Duration.ofMillis(1));
    Paths.Token second = tokens.issue(PEER);
    assertNotEquals(first.jwt(), second.jwt());
    assertEquals(time.now().plus(LIFETIME), second.expires());
  }

  @Test
  void eachPeerHasATokenOfItsOwn() {
    Paths.Token nobody = tokens.issue(Optional.empty());
    assertNotEquals(tokens.issue(PEER).jwt(), nobody.jwt());
    assertSame(nobody, tokens.issue(Optional.empty()));
  }

  @Test
  void moreNamesThanAreRememberedGetTokensAndOldOnesMakeRoom() {
    for (int i = 0; i < Tokens.REMEMBERED_MAX; i++) {
      var unused = tokens.issue(Optional.of("peer-" + i));
    }
    assertNotEquals(tokens.issue(PEER).jwt(), tokens.issue(PEER).jwt(), "signed for each call");
    time.advance(Duration.ofMinutes(3));
    assertSame(tokens.issue(PEER), tokens.issue(PEER));
  }
}
