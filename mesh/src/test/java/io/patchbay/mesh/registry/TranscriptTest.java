package io.patchbay.mesh.registry;

import static io.patchbay.mesh.registry.RawPeer.message;
import static io.patchbay.mesh.registry.RawPeer.nested;
import static io.patchbay.mesh.registry.RawPeer.number;
import static io.patchbay.mesh.registry.RawPeer.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.api.registry.NetworkServiceEndpointResponse;
import io.patchbay.base.Await;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.base.Url;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.Paths.Token;
import io.patchbay.mesh.Tokens;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an upstream peer, written in Go, puts on the wire towards a registry, and what it reads. */
class TranscriptTest {
  private static final String NSE = "registry.NetworkServiceEndpointRegistry/";
  private static final String NS = "registry.NetworkServiceRegistry/";
  private static final String FIRST = "{\"Index\":0,\"PathSegments\":null}";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir Path folder;
  private final Stack stack = new Stack();
  private final FakeTime time = new FakeTime();
  private final Registries behind = Registries.inMemory(time, Duration.ofMinutes(1));
  private Channels channels;
  private Url url;

  @BeforeEach
  void start() {
    channels = stack.push(new Channels());
    url = serve("registry", behind);
  }

  private Url serve(String who, Registries registries) {
    Url at = Url.parse("unix://" + folder.resolve(who + ".sock"));
    stack.push(GrpcServer.start(List.of(at), RegistryServer.of(registries, tokens(who), time)));
    return at;
  }

  private Tokens tokens(String who) {
    return Tokens.selfSigned(id(who), Duration.ofMinutes(10), time);
  }

  private static String id(String who) {
    return "spiffe://k8s.nsm/ns/ns-1/pod/" + who;
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  private RawPeer stranger() {
    return new RawPeer(channels.to(url));
  }

  private Token token(String who) {
    return tokens(who).issue(Optional.of(id("registry")));
  }

  private RawPeer peer(Token token, String expires) {
    return stranger()
        .with("nsm-client-token", token.jwt())
        .with("nsm-client-token-expires", expires);
  }

  private RawPeer peer(String who) {
    return peer(token(who), time.now().plusSeconds(600).toString());
  }

  private static byte[] endpoint(String name) {
    return message(
        text(1, name),
        text(2, "icmp-responder"),
        nested(3, text(1, "icmp-responder"), nested(2, nested(1, text(1, "app"), text(2, "ping")))),
        text(4, "registry:5002"));
  }

  private static NetworkServiceEndpoint endpoint(RawPeer.Answer answer) {
    try {
      return NetworkServiceEndpoint.parseFrom(answer.message());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static Status refused(Runnable call) {
    return assertThrows(StatusRuntimeException.class, call::run).getStatus();
  }

  @Test
  void aFirstRegisterIsAnsweredWithBothTokensAndBothIds() {
    Token mine = token("nse");
    RawPeer nse = peer(mine, time.now().plusSeconds(600).toString()).with("path", FIRST);
    RawPeer.Answer answer = nse.call(NSE + "Register", endpoint("nse-1"));

    String path = answer.header("path").orElseThrow();
    assertTrue(
        path.startsWith("{\"Index\":0,\"PathSegments\":[{\"token\":\"" + mine.jwt() + "\"},{"),
        path);
    RegistryPath read = RegistryPath.parse(path);
    assertEquals(2, read.tokens().size());
    assertEquals(
        Optional.of(id("registry")),
        Tokens.subject(new Token(read.tokens().get(1), Instant.EPOCH)));

    NetworkServiceEndpoint registered = endpoint(answer);
    assertEquals(List.of(id("nse"), id("registry")), registered.getPathIdsList());
    assertEquals("registry:5002", registered.getUrl());
    assertEquals(
        "ping",
        registered.getNetworkServiceLabelsOrThrow("icmp-responder").getLabelsOrThrow("app"));
    assertEquals(time.now().plusSeconds(60), Paths.instant(registered.getExpirationTime()));
    assertEquals(time.now(), Paths.instant(registered.getInitialRegistrationTime()));
  }

  @Test
  void aLaterHopSetsItsCallersTokenAndItsOwn() {
    Token nse = token("nse");
    RawPeer manager =
        peer("nsmgr")
            .with(
                "path",
                "{\"PathSegments\":[{\"token\":\"%s\",\"name\":\"unknown\"},{},{\"token\":\"old\"}],\"Index\":1}"
                    .formatted(nse.jwt()));
    RawPeer.Answer answer =
        manager.call(NSE + "Register", endpoint("nse-1"), text(7, "forged"), text(7, "forged"));
    RegistryPath path = RegistryPath.parse(answer.header("path").orElseThrow());
    assertEquals(1, path.index());
    assertEquals(3, path.tokens().size());
    assertEquals(nse.jwt(), path.tokens().getFirst());
    assertFalse(path.tokens().contains("old"));
    assertEquals(
        List.of(id("nse"), id("nsmgr"), id("registry")), endpoint(answer).getPathIdsList());
  }

  @Test
  void whoSendsNoPathGetsNoneBack() {
    RawPeer.Answer answer = peer("nse").call(NSE + "Register", endpoint("nse-1"));
    assertEquals(Optional.empty(), answer.header("path"));
    assertEquals(List.of(id("nse"), id("registry")), endpoint(answer).getPathIdsList());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"Index\":0}",
        "{\"Index\":0,\"PathSegments\":[]}",
        "{\"PathSegments\":null,\"Trace\":{\"deep\":[1,2]}}",
        "{\"Index\":0,\"PathSegments\":[null]}",
        "{\"Index\":0,\"PathSegments\":[{\"token\":null}]}",
        "{\"index\":7,\"pathSegments\":[{\"Token\":\"of another case\"}]}",
      })
  void whatMayBeMissingMayBeMissing(String path) {
    RawPeer.Answer answer = peer("nse").with("path", path).call(NS + "Register", text(1, "svc"));
    RegistryPath read = RegistryPath.parse(answer.header("path").orElseThrow());
    assertEquals(0, read.index());
    assertEquals(2, read.tokens().size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "secret",
        "",
        "null",
        "[\"secret\"]",
        "{\"Index\":-1,\"PathSegments\":[{\"token\":\"secret\"}]}",
        "{\"Index\":1,\"PathSegments\":[{\"token\":\"secret\"}]}",
        "{\"Index\":4294967295,\"PathSegments\":[{\"token\":\"secret\"}]}",
        "{\"Index\":0.5,\"PathSegments\":[{\"token\":\"secret\"}]}",
        "{\"Index\":0,\"PathSegments\":{\"token\":\"secret\"}}",
        "{\"Index\":0,\"PathSegments\":[\"secret\"]}",
        "{\"Index\":0,\"PathSegments\":[{\"token\":[\"secret\"]}]}",
      })
  void aWrongPathIsRefusedAndNotShown(String path) {
    Status status =
        refused(() -> peer("nse").with("path", path).call(NS + "Register", text(1, "svc")));
    assertEquals(Status.Code.INVALID_ARGUMENT, status.getCode());
    assertTrue(status.getDescription().contains("metadata path"), status.getDescription());
    assertFalse(status.getDescription().contains("secret"), status.getDescription());
    assertEquals(List.of(), behind.services().find(NetworkService.getDefaultInstance()));
  }

  @Test
  void aPathThatIsTooLongIsRefused() {
    String path =
        new RegistryPath(
                RegistryPath.SEGMENTS_MAX - 1,
                (Collections.nCopies(RegistryPath.SEGMENTS_MAX, "t")))
            .toJson();
    String longer = path.replace("[", "[{},");
    for (String each : List.of(path, longer)) {
      Status status =
          refused(() -> peer("nse").with("path", each).call(NS + "Register", text(1, "svc")));
      assertEquals(Status.Code.INVALID_ARGUMENT, status.getCode());
    }
  }

  @Test
  void timesHaveNanosecondsAndOffsets() {
    Instant expires = time.now().plusSeconds(20).plusNanos(123_456_789);
    Token mine = token("nse");
    String zulu = expires.toString();
    String offset = expires.atOffset(ZoneOffset.ofHours(-7)).toString();
    for (String written : List.of(zulu, offset)) {
      RawPeer.Answer answer = peer(mine, written).call(NSE + "Register", endpoint("nse-1"));
      assertEquals(expires, Paths.instant(endpoint(answer).getExpirationTime()));
    }
    byte[] asked = nested(5, number(1, time.now().getEpochSecond() + 9), number(2, 7));
    RawPeer.Answer answer = peer("nse").call(NSE + "Register", endpoint("nse-1"), asked);
    assertEquals(
        Instant.ofEpochSecond(time.now().getEpochSecond() + 9, 7),
        Paths.instant(endpoint(answer).getExpirationTime()));
  }

  @Test
  void everyCallMustCarryATokenOnce() {
    Token mine = token("nse");
    RawPeer twice = peer(mine, "2030-01-01T00:00:00Z").with("nsm-client-token", mine.jwt());
    RawPeer timeless = stranger().with("nsm-client-token", mine.jwt());
    for (RawPeer peer : List.of(stranger(), twice, timeless)) {
      for (String service : List.of(NSE, NS)) {
        denied(refused(() -> peer.call(service + "Register", text(1, "x"))));
        denied(refused(() -> peer.call(service + "Unregister", text(1, "x"))));
        denied(ended(peer.stream(service + "Find", nested(1, text(1, "x")))));
        denied(ended(peer.stream(service + "Find", nested(1, text(1, "x")), number(2, 1))));
      }
    }
  }

  private static void denied(Status status) {
    assertEquals(Status.Code.PERMISSION_DENIED, status.getCode());
    assertTrue(
        status.getDescription().startsWith("no sufficient privileges"), status.getDescription());
  }

  private static Status ended(RawPeer.Stream stream) {
    Await.until("the stream ends", PATIENCE, () -> stream.end.isPresent());
    return stream.end.orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {NS, NSE})
  void aNameBelongsToWhoeverRegisteredIt(String service) {
    RawPeer owner = peer("owner").with("path", FIRST);
    RawPeer other = peer("other").with("path", FIRST);
    owner.call(service + "Register", text(1, "x"));
    denied(refused(() -> other.call(service + "Register", text(1, "x"))));
    denied(refused(() -> other.call(service + "Unregister", text(1, "x"))));
    owner.call(service + "Register", text(1, "x"));
    other.call(service + "Register", text(1, "y"));
    owner.call(service + "Unregister", text(1, "x"));
    other.call(service + "Register", text(1, "x"));
    denied(refused(() -> owner.call(service + "Register", text(1, "x"))));
  }

  @Test
  void theOwnerIsWhoBeganThePathNotWhoPassedItOn() {
    String via =
        "{\"Index\":1,\"PathSegments\":[{\"token\":\"%s\"},{\"token\":\"\"}]}"
            .formatted(token("nse").jwt());
    peer("nsmgr-1").with("path", via).call(NSE + "Register", endpoint("nse-1"));
    peer("nsmgr-2").with("path", via).call(NSE + "Register", endpoint("nse-1"));
    denied(
        refused(
            () -> peer("nsmgr-1").with("path", FIRST).call(NSE + "Unregister", text(1, "nse-1"))));
  }

  @Test
  void anExpiredNameIsAnybodys() {
    peer("owner").call(NSE + "Register", endpoint("nse-1"));
    time.advance(Duration.ofSeconds(59));
    denied(refused(() -> peer("other").call(NSE + "Register", endpoint("nse-1"))));
    time.advance(Duration.ofSeconds(1));
    peer("other").call(NSE + "Register", endpoint("nse-1"));
  }

  @Test
  void aFindEndsAndAWatchTellsEachRefreshAndTheEnd() throws InvalidProtocolBufferException {
    RawPeer nse = peer("nse").with("path", FIRST);
    nse.call(NSE + "Register", endpoint("nse-1"));

    RawPeer.Stream find = peer("nse").stream(NSE + "Find", nested(1, text(2, "icmp-responder")));
    assertEquals(Status.Code.OK, ended(find).getCode());
    assertEquals(1, find.messages.size());
    assertEquals(
        Status.Code.OK,
        ended(peer("nse").stream(NSE + "Find", nested(1, text(1, "no")))).getCode());

    RawPeer.Stream watch =
        peer("nse").stream(NSE + "Find", nested(1, text(1, "nse-1")), number(2, 1));
    Await.until("what is there", PATIENCE, () -> watch.messages.size() == 1);
    nse.call(NSE + "Register", endpoint("nse-1"));
    Await.until("the refresh", PATIENCE, () -> watch.messages.size() == 2);
    nse.call(NSE + "Unregister", text(1, "nse-1"));
    Await.until("the end", PATIENCE, () -> watch.messages.size() == 3);
    var last = NetworkServiceEndpointResponse.parseFrom(watch.messages.get(2));
    assertTrue(last.getDeleted());
    assertEquals("nse-1", last.getNetworkServiceEndpoint().getName());
    time.advance(Duration.ofDays(3));
    assertEquals(Optional.empty(), watch.end);
    watch.cancel();
  }

  @Test
  void throughAManagerTheCallerGetsTheTokensOfAllHops() {
    Registries onward = Registries.at(url, channels, tokens("nsmgr"), time);
    Url door = serve("nsmgr", onward);
    RawPeer nse =
        new RawPeer(channels.to(door))
            .with("nsm-client-token", token("nse").jwt())
            .with("nsm-client-token-expires", time.now().plusSeconds(600).toString())
            .with("path", FIRST);
    RawPeer.Answer answer = nse.call(NSE + "Register", endpoint("nse-1"));
    RegistryPath path = RegistryPath.parse(answer.header("path").orElseThrow());
    assertEquals(0, path.index());
    assertEquals(
        List.of(id("nse"), id("nsmgr"), id("registry")), new RegistryPath(2, path.tokens()).ids());
    assertEquals(
        List.of(id("nse"), id("nsmgr"), id("registry")), endpoint(answer).getPathIdsList());
    // The next time it sends what it got.
    RawPeer again =
        new RawPeer(channels.to(door))
            .with("nsm-client-token", token("nse").jwt())
            .with("nsm-client-token-expires", time.now().plusSeconds(600).toString())
            .with("path", answer.header("path").get());
    assertEquals(
        3,
        RegistryPath.parse(
                again.call(NSE + "Register", endpoint("nse-1")).header("path").orElseThrow())
            .tokens()
            .size());
    nse.call(NSE + "Unregister", text(1, "nse-1"));
    assertEquals(List.of(), behind.endpoints().find(NetworkServiceEndpoint.getDefaultInstance()));
  }
}
