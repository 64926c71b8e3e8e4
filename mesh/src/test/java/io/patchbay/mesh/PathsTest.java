package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JWSObject;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.MonitorScopeSelector;
import io.patchbay.api.connection.Path;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** contracts/nsm.md section 4.1, line by line; tokens; and what watchers may ask for. */
class PathsTest {
  private static PathSegment segment(String name, String id) {
    return PathSegment.newBuilder().setName(name).setId(id).build();
  }

  private static Connection connection(String id, int index, PathSegment... segments) {
    return Connection.newBuilder()
        .setId(id)
        .setPath(Path.newBuilder().setIndex(index).addAllPathSegments(List.of(segments)))
        .build();
  }

  @Test
  void anEmptyPathStartsHere() {
    assertEquals(
        connection("c", 0, segment("me", "c")),
        Paths.arrive(Connection.newBuilder().setId("c").build(), "me"));
    Connection made = Paths.arrive(Connection.getDefaultInstance(), "me");
    assertEquals(36, made.getId().length());
    assertEquals(made.getId(), made.getPath().getPathSegments(0).getId());
  }

  @Test
  void aRetryByTheSameProcessDoesNotMove() {
    Connection mine = connection("old", 0, segment("me", "c"));
    assertEquals(connection("c", 0, segment("me", "c")), Paths.arrive(mine, "me"));
  }

  @Test
  void aRequestFromThePreviousHopMovesOn() {
    Connection arrived = Paths.arrive(connection("c", 0, segment("nsc", "c")), "me");
    assertEquals(1, arrived.getPath().getIndex());
    assertEquals("me", arrived.getPath().getPathSegments(1).getName());
    assertEquals(arrived.getPath().getPathSegments(1).getId(), arrived.getId());
    // ... and again with the same id, as a refresh
    Connection refreshed = Paths.arrive(Paths.depart(arrived), "me");
    assertEquals(arrived, refreshed);
  }

  @Test
  void anotherHopsSegmentIsTakenOverWithANewId() {
    Connection before =
        connection("c", 0, segment("nsc", "c"), segment("other", "x"), segment("nse", "y"));
    Connection arrived = Paths.arrive(before, "me");
    assertEquals("me", arrived.getPath().getPathSegments(1).getName());
    assertNotEquals("x", arrived.getId());
    assertEquals("y", arrived.getPath().getPathSegments(2).getId());
  }

  @Test
  void aPathThatDoesNotLeadHereIsRefused() {
    assertEquals(
        "the path of connection 'c' is wrong: segment 0 has another id, 'd'",
        assertThrows(
                Failure.class, () -> Paths.arrive(connection("c", 0, segment("nsc", "d")), "me"))
            .getMessage());
    assertEquals(
        "the path of connection 'c' is wrong: its index 3 is behind its last segment",
        assertThrows(
                Failure.class, () -> Paths.arrive(connection("c", 3, segment("nsc", "c")), "me"))
            .getMessage());
  }

  @Test
  void theAnswerGoesBackOneHopAndTheLastHopCutsWhatLayBehindIt() {
    Connection here =
        connection("b", 1, segment("nsc", "a"), segment("me", "b"), segment("gone", "z"));
    assertEquals(
        connection("a", 0, segment("nsc", "a"), segment("me", "b")), Paths.depart(Paths.end(here)));
    Connection first = connection("a", 0, segment("nsc", "a"));
    assertEquals(first, Paths.depart(first));
  }

  @Test
  void tokensCarryTheirEndIntoThePath() {
    Instant end = Instant.parse("2026-01-01T00:10:00.5Z");
    Connection here = connection("b", 1, segment("nsc", "a"), segment("me", "b"));
    Connection signed = Paths.withCallerToken(here, new Paths.Token("jwt", end));
    assertEquals("jwt", signed.getPath().getPathSegments(0).getToken());
    assertEquals(Optional.of(end), Paths.callerExpires(signed));
    assertEquals(Optional.empty(), Paths.callerExpires(here));
  }

  @Test
  void aTokenIsAnEs256JwtWithAnArrayOfAudiences() throws ParseException {
    FakeTime time = new FakeTime();
    Tokens tokens = Tokens.selfSigned("spiffe://d/me", Duration.ofMinutes(10), time);
    Paths.Token token = tokens.issue(Optional.of("spiffe://d/you"));
    JWSObject parsed = JWSObject.parse(token.jwt());
    assertEquals("ES256", parsed.getHeader().getAlgorithm().getName());
    assertEquals("JWT", parsed.getHeader().getType().getType());
    assertEquals(64, parsed.getSignature().decode().length, "raw R and S");
    Map<String, Object> claims = parsed.getPayload().toJSONObject();
    assertEquals(List.of("spiffe://d/you"), claims.get("aud"));
    assertEquals("spiffe://d/me", claims.get("sub"));
    assertEquals(time.now().plusSeconds(600), token.expires());
    assertEquals(Optional.of("spiffe://d/me"), Tokens.subject(token));
    assertTrue(!token.toString().contains(token.jwt()), "a token must not print itself");
    assertEquals(Optional.empty(), Tokens.subject(new Paths.Token("x", time.now())));
  }

  @ParameterizedTest
  @CsvSource({"0,1,33333", "0,4,20000", "3,4,35000", "1,2,30000"})
  void aRefreshComesInTheWindowOfTheContract(int index, int segments, long millis) {
    Instant now = Instant.parse("2026-01-01T00:00:00Z");
    Path.Builder path = Path.newBuilder().setIndex(index);
    for (int i = 0; i < segments; i++) {
      Instant expires = now.plusSeconds(i == 0 ? 100 : 200);
      path.addPathSegments(PathSegment.newBuilder().setExpires(Paths.timestamp(expires)));
    }
    Connection connection = Connection.newBuilder().setPath(path).build();
    assertEquals(millis, Refresh.after(connection, now).toMillis());
  }

  @ParameterizedTest
  @CsvSource({
    "'','','',true",
    "svc,'','',true",
    "other,'','',false",
    "'',b:2,'',true",
    "'',:2,'',true",
    "'',a:2,'',false",
    "'',b:2,c:3,true",
    "'',a:1,c:3,false",
    "svc,c:,'',true",
    "'',c:3,d:4,false"
  })
  void aSelectorPicksByServiceAndByARunOfSegments(
      String service, String first, String second, boolean matches) {
    Connection connection =
        connection("b", 1, segment("a", "1"), segment("b", "2"), segment("c", "3")).toBuilder()
            .setNetworkService("svc")
            .build();
    MonitorScopeSelector.Builder selector = MonitorScopeSelector.newBuilder();
    if (!service.isEmpty()) {
      selector.addNetworkServices(service);
    }
    for (String wanted : List.of(first, second)) {
      if (!wanted.isEmpty()) {
        String[] parts = wanted.split(":", -1);
        selector.addPathSegments(segment(parts[0], parts[1]));
      }
    }
    assertEquals(matches, Selectors.matches(selector.build(), connection));
  }
}
