package io.patchbay.mesh.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Empty;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import io.grpc.ClientInterceptors;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.ConnectionEvent;
import io.patchbay.api.connection.MonitorConnectionGrpc;
import io.patchbay.api.connection.MonitorConnectionGrpc.MonitorConnectionImplBase;
import io.patchbay.api.connection.MonitorScopeSelector;
import io.patchbay.api.networkservice.NetworkServiceGrpc;
import io.patchbay.api.networkservice.NetworkServiceGrpc.NetworkServiceBlockingStub;
import io.patchbay.api.networkservice.NetworkServiceGrpc.NetworkServiceImplBase;
import io.patchbay.base.Json;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.TokenHeaders;
import io.patchbay.mesh.Tokens;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import io.patchbay.sockets.Peer;
import io.patchbay.sockets.RequestHeaders;
import io.patchbay.sockets.TlsPeer;
import io.patchbay.sockets.TransportSecurity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may speak with whom over TLS, and what each learns of the other. */
class TransportSecurityTest {
  private static final Time TIME = Time.system();
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Authority HERE = Authority.make("here.test", HOUR, TIME);
  private static final Authority THERE = Authority.make("there.test", HOUR, TIME);
  private static final SpiffeId SERVER = SpiffeId.parse("spiffe://here.test/ns/nsm/pod/nsmgr");
  private static final SpiffeId CLIENT = SpiffeId.parse("spiffe://here.test/ns/shop/pod/client");

  @TempDir Path folder;
  private final Stack stack = new Stack();
  private final Identities server = at(HERE, SERVER);
  private final Identities client = at(HERE, CLIENT);
  private final Watch watch = new Watch();
  private volatile Optional<Peer> caller = Optional.empty();
  private volatile Optional<Paths.Token> token = Optional.empty();

  private static Identities at(Authority authority, SpiffeId id) {
    return new Identities(authority.issue(id, HOUR, TIME), authority.bundles());
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  private Url serve(String scheme) {
    Url listen =
        scheme.equals("tcp")
            ? Url.parse("tcp://127.0.0.1:0")
            : Url.parse("unix://" + folder.resolve("s.sock"));
    GrpcServer started =
        GrpcServer.start(
            List.of(listen), List.of(new Service(), watch), Optional.of(server.security()));
    return stack.push(started).addresses().getFirst();
  }

  /** Remembers who called. */
  private final class Service extends NetworkServiceImplBase {
    @Override
    public void close(Connection connection, StreamObserver<Empty> observer) {
      caller = Optional.of(Peer.current());
      if (RequestHeaders.current().keys().contains("nsm-client-token")) {
        token = Optional.of(TokenHeaders.read(RequestHeaders.current()));
      }
      observer.onNext(Empty.getDefaultInstance());
      observer.onCompleted();
    }
  }

  /** Remembers who watches. */
  private static final class Watch extends MonitorConnectionImplBase {
    private final BlockingQueue<StreamObserver<ConnectionEvent>> watchers =
        new LinkedBlockingQueue<>();

    @Override
    public void monitorConnections(
        MonitorScopeSelector selector, StreamObserver<ConnectionEvent> observer) {
      watchers.add(observer);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix", "tcp"})
  void aWatchOutlivesTheRenewalOfBothSides(String scheme) throws Exception {
    Url url = serve(scheme);
    Iterator<ConnectionEvent> events =
        MonitorConnectionGrpc.newBlockingStub(
                stack.push(new Channels(Optional.of(client.security()))).to(url))
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .monitorConnections(MonitorScopeSelector.getDefaultInstance());
    StreamObserver<ConnectionEvent> watcher = watch.watchers.poll(20, TimeUnit.SECONDS);
    for (int renewals = 0; renewals < 10; renewals++) {
      client.replace(HERE.issue(CLIENT, HOUR, TIME), HERE.bundles());
      server.replace(HERE.issue(SERVER, HOUR, TIME), HERE.bundles());
      watcher.onNext(ConnectionEvent.getDefaultInstance());
      assertEquals(ConnectionEvent.getDefaultInstance(), events.next());
    }
  }

  private NetworkServiceBlockingStub stub(Url url, Optional<TransportSecurity> security) {
    return NetworkServiceGrpc.newBlockingStub(stack.push(new Channels(security)).to(url))
        .withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private static void call(NetworkServiceBlockingStub stub) {
    var unused = stub.close(Connection.getDefaultInstance());
  }

  @ParameterizedTest
  @ValueSource(strings = {"unix", "tcp"})
  void bothSidesLearnWhoTheOtherIs(String scheme) {
    Url url = serve(scheme);
    Tokens tokens = Tokens.of(client, Duration.ofMinutes(10), TIME);
    call(
        NetworkServiceGrpc.newBlockingStub(
            ClientInterceptors.intercept(
                stack.push(new Channels(Optional.of(client.security()))).to(url),
                new TokenHeaders(tokens))));
    Peer peer = caller.orElseThrow();
    assertEquals(Optional.of(client.current().leaf()), peer.certificate());
    assertEquals(scheme.equals("unix"), peer.pid().isPresent());
    assertEquals(scheme.equals("unix"), peer.descriptors().isPresent());
    Map<String, Object> claims = claims(token.orElseThrow());
    assertEquals(List.of(SERVER.toString()), claims.get("aud"));
    assertEquals(CLIENT.toString(), claims.get("sub"));
  }

  /** What a token says. */
  private static final class Claims extends HashMap<String, Object> {}

  private static Map<String, Object> claims(Paths.Token token) {
    String payload = token.jwt().split("\\.", -1)[1];
    String json = new String(Base64.getUrlDecoder().decode(payload), StandardCharsets.UTF_8);
    return Json.read(json, Claims.class);
  }

  private static void refused(String why, Supplier<NetworkServiceBlockingStub> caller) {
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, () -> call(caller.get()));
    assertTrue(String.valueOf(e.getMessage()).startsWith("UNAVAILABLE"), e.getMessage());
    StringBuilder all = new StringBuilder();
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      all.append(cause).append('\n');
    }
    assertTrue(all.toString().contains(why), all.toString());
  }

  @Test
  void whoShowsNoCertificateIsRefused() throws Exception {
    Url url = serve("tcp");
    refused(
        "certificate",
        () ->
            stub(url, Optional.of(new TransportSecurity(new NoKeys(), client.security().trust()))));
    assertTrue(caller.isEmpty());
  }

  @Test
  void whoSpeaksWithoutTlsIsRefused() {
    Url url = serve("unix");
    refused("", () -> stub(url, Optional.empty()));
    assertTrue(caller.isEmpty());
  }

  @Test
  void aForeignTrustDomainIsRefusedUntilItIsFederated() {
    Url url = serve("tcp");
    SpiffeId id = SpiffeId.parse("spiffe://there.test/ns/shop/pod/client");
    Identities foreign = at(THERE, id);
    foreign.replace(foreign.current(), both());
    refused("", () -> stub(url, Optional.of(foreign.security())));
    server.replace(server.current(), both());
    call(stub(url, Optional.of(foreign.security())));
    assertEquals(id, SpiffeId.of(caller.orElseThrow().certificate().orElseThrow()));
  }

  @Test
  void aServerOfAForeignTrustDomainIsNotSpokenTo() {
    Url url = serve("unix");
    Identities foreign = at(THERE, SpiffeId.parse("spiffe://there.test/x"));
    refused(
        "the trust domain of " + SERVER + " is foreign",
        () -> stub(url, Optional.of(foreign.security())));
    assertTrue(caller.isEmpty());
  }

  private static Map<String, Set<X509Certificate>> both() {
    return Map.of(
        "here.test", Set.of(HERE.certificate()), "there.test", Set.of(THERE.certificate()));
  }

  @Test
  void anExpiredCertificateIsRefused() {
    Url url = serve("unix");
    Identities expired =
        new Identities(HERE.issue(CLIENT, Duration.ofSeconds(-1), TIME), HERE.bundles());
    refused("", () -> stub(url, Optional.of(expired.security())));
    Identities late = at(HERE, CLIENT);
    server.replace(HERE.issue(SERVER, Duration.ofSeconds(-1), TIME), HERE.bundles());
    refused("validity check failed", () -> stub(url, Optional.of(late.security())));
    assertTrue(caller.isEmpty());
  }

  @Test
  void tokensGoWithTheCertificatesOfTheirConnection() {
    Url url = serve("unix");
    Channels channels = stack.push(new Channels(Optional.of(client.security())));
    Tokens tokens = Tokens.of(client, Duration.ofMinutes(10), TIME);
    NetworkServiceBlockingStub stub =
        NetworkServiceGrpc.newBlockingStub(
            ClientInterceptors.intercept(channels.to(url), new TokenHeaders(tokens)));
    call(stub);
    Peer before = caller.orElseThrow();
    Identity first = client.current();
    server.replace(HERE.issue(SERVER, HOUR, TIME), HERE.bundles());
    call(stub);
    assertEquals(before.descriptors(), caller.orElseThrow().descriptors(), "the same connection");
    assertTrue(verifies(token.orElseThrow(), first.leaf()));
    client.replace(HERE.issue(CLIENT, HOUR, TIME), HERE.bundles());
    Paths.Token old = tokens.issue(before.tls().map(TransportSecurityTest::turned).orElseThrow());
    assertTrue(verifies(old, first.leaf()), "as shown there");
    call(stub);
    assertFalse(before.descriptors().equals(caller.orElseThrow().descriptors()));
    assertEquals(Optional.of(client.current().leaf()), caller.orElseThrow().certificate());
    assertTrue(verifies(token.orElseThrow(), client.current().leaf()));
    assertFalse(verifies(token.orElseThrow(), first.leaf()));
  }

  /** The connection as the other side sees it. */
  private static TlsPeer turned(TlsPeer connection) {
    return new TlsPeer(connection.own(), connection.peer());
  }

  private static boolean verifies(Paths.Token token, X509Certificate certificate) {
    try {
      return JWSObject.parse(token.jwt())
          .verify(new ECDSAVerifier((ECPublicKey) certificate.getPublicKey()));
    } catch (ParseException | JOSEException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void noTokenOutlivesTheCertificate() {
    Instant end = client.current().notAfter();
    Paths.Token issued = Tokens.of(client, Duration.ofHours(2), TIME).issue(Optional.empty());
    assertEquals(end, issued.expires());
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void newEnoughVersionsOfTlsAreSpokenAndTheServerChoosesH2(String version) throws Exception {
    try (SSLSocket socket = raw(serve("tcp"), version, "h2")) {
      socket.startHandshake();
      assertEquals(version, socket.getSession().getProtocol());
      assertEquals("h2", socket.getApplicationProtocol());
    }
  }

  @Test
  void tls11IsRefused() throws Exception {
    try (SSLSocket socket = raw(serve("tcp"), "TLSv1.1", "h2")) {
      assertThrows(SSLHandshakeException.class, socket::startHandshake);
    }
  }

  @Test
  void whoOffersNoH2IsRefused() throws Exception {
    Url url = serve("tcp");
    try (SSLSocket socket = raw(url, "TLSv1.2", "http/1.1")) {
      assertThrows(
          IOException.class,
          () -> {
            socket.startHandshake();
            socket.getOutputStream().write(1);
            if (socket.getInputStream().read() < 0) {
              throw new IOException("closed");
            }
          });
    }
  }

  /** A client of the JDK's own. */
  private SSLSocket raw(Url url, String version, String protocol) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    TransportSecurity security = client.security();
    context.init(new KeyManager[] {security.keys()}, new TrustManager[] {security.trust()}, null);
    SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(url.host(), url.port());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {version});
    parameters.setApplicationProtocols(new String[] {protocol});
    socket.setSSLParameters(parameters);
    return socket;
  }
}
