package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.networkservice.NetworkServiceGrpc;
import io.patchbay.api.networkservice.NetworkServiceGrpc.NetworkServiceBlockingStub;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.api.registry.NetworkServiceEndpointRegistryGrpc;
import io.patchbay.api.registry.NetworkServiceLabels;
import io.patchbay.base.Environment;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Announce;
import io.patchbay.mesh.Authorize;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.MeshServer;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.TokenHeaders;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Authority;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.identity.SpiffeId;
import io.patchbay.mesh.policy.Doors;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.nsmgr.Nsmgr;
import io.patchbay.nsmgr.NsmgrConfig;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.StreamHandler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Whoever reads a log could use a token that stands in it (issue 3): so none does, at the level
 * that says most, of a request that goes from a client through a manager to an endpoint, and of
 * calls that are refused for their tokens.
 */
@Timeout(120)
class SilentTokensTest {
  /** How the JSON of every JWT's header begins, in base64url. */
  private static final String TOKEN = "eyJ";

  private static final Duration LIFETIME = Duration.ofMinutes(10);

  @TempDir Path folder;
  private final Time time = Time.system();
  private final Stack stack = new Stack();
  private final Authority authority = Authority.make("k8s.nsm", Duration.ofDays(1), time);
  private final Identities alice = identities("alice");
  private final Identities mallory = identities("mallory");
  private final List<String> said = new CopyOnWriteArrayList<>();
  private final Logger patchbay = (Logger) LoggerFactory.getLogger("io.patchbay");
  private final java.util.logging.Logger libraries = java.util.logging.Logger.getLogger("");
  private Url manager;

  private Identities identities(String pod) {
    SpiffeId id = SpiffeId.parse("spiffe://k8s.nsm/ns/ns/pod/" + pod);
    return new Identities(authority.issue(id, Duration.ofHours(1), time), authority.bundles());
  }

  /** Of this program by logback; grpc's own goes to standard error by java.util.logging. */
  @BeforeEach
  void listen() {
    Level level = patchbay.getLevel();
    patchbay.setLevel(Level.TRACE);
    stack.push(() -> patchbay.setLevel(level));
    Logger root = patchbay.getLoggerContext().getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    AppenderBase<ILoggingEvent> events =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            said.add(
                event.getLoggerName()
                    + ": "
                    + event.getFormattedMessage()
                    + ThrowableProxyUtil.asString(event.getThrowableProxy()));
          }
        };
    events.start();
    root.addAppender(events);
    stack.push(() -> root.detachAppender(events));
    Handler handler =
        new StreamHandler() {
          @Override
          public void publish(LogRecord event) {
            StringWriter trace = new StringWriter();
            if (event.getThrown() != null) {
              event.getThrown().printStackTrace(new PrintWriter(trace));
            }
            said.add(event.getLoggerName() + ": " + getFormatter().formatMessage(event) + trace);
          }
        };
    handler.setFormatter(new java.util.logging.SimpleFormatter());
    libraries.addHandler(handler);
    stack.push(() -> libraries.removeHandler(handler));
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  private void startManager() {
    manager = Url.parse("unix://" + folder.resolve("nsmgr.sock"));
    Map<String, String> settings =
        Map.of(
            "NSM_NAME",
            "nsmgr",
            "NSM_LISTEN_ON",
            manager.toString(),
            "NSM_REGISTRY_URL",
            "",
            "PATCHBAY_STATE_DIR",
            folder.resolve("state").toString());
    stack.push(
        Nsmgr.start(
            Environment.read(NsmgrConfig.class, settings), Optional.of(identities("nsmgr")), time));
  }

  /** The last hop, which is forwarder and endpoint in one. */
  private void startEndpoint() {
    Identities own = identities("forwarder");
    Doors doors = stack.push(Doors.of(Optional.of(own), Optional.empty(), time));
    Sessions sessions = Sessions.inMemory(time);
    Chain chain =
        Chain.of(
            List.of(
                new Authorize(doors.requests()),
                sessions,
                new Announce(),
                (call, next) -> Paths.end(call.connection())));
    Tokens tokens = Tokens.of(own, LIFETIME, time);
    Url url = Url.parse("unix://" + folder.resolve("forwarder.sock"));
    stack.push(
        GrpcServer.start(
            List.of(url),
            List.of(new MeshServer("forwarder", chain, sessions, tokens, time)),
            Optional.of(own.security())));
    Registries registries = Registries.at(manager, channels(own), tokens, time);
    registries
        .services()
        .register(NetworkService.newBuilder().setName("svc").setPayload("IP").build());
    registries.endpoints().register(endpoint("forwarder", "forwarder", url));
    registries.endpoints().register(endpoint("nse", "svc", url));
  }

  private static NetworkServiceEndpoint endpoint(String name, String service, Url url) {
    return NetworkServiceEndpoint.newBuilder()
        .setName(name)
        .setUrl(url.toString())
        .addNetworkServiceNames(service)
        .putNetworkServiceLabels(
            service, NetworkServiceLabels.newBuilder().putLabels("p2p", "true").build())
        .build();
  }

  private Channels channels(Identities of) {
    return stack.push(new Channels(Optional.of(of.security())));
  }

  private NetworkServiceBlockingStub client(Identities of, ClientInterceptor... headers) {
    return NetworkServiceGrpc.newBlockingStub(
            ClientInterceptors.intercept(channels(of).to(manager), headers))
        .withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private static ClientInterceptor headers(Map<String, String> entries) {
    Metadata headers = new Metadata();
    entries.forEach(
        (key, value) -> headers.put(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER), value));
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  private ClientInterceptor token(String jwt, String expires) {
    return headers(Map.of("nsm-client-token", jwt, "nsm-client-token-expires", expires));
  }

  private static NetworkServiceRequest asking(String service) {
    Connection asked = Connection.newBuilder().setId("alice-0").setNetworkService(service).build();
    return NetworkServiceRequest.newBuilder().setConnection(Paths.arrive(asked, "alice")).build();
  }

  private void refused(Runnable call) {
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, call::run);
    assertFalse(e.toString().contains(TOKEN), e.toString());
  }

  @Test
  void noTokenStandsInALog() {
    startManager();
    startEndpoint();
    TokenHeaders right = new TokenHeaders(Tokens.of(alice, LIFETIME, time));
    Connection agreed = client(alice, right).request(asking("svc"));
    String token = agreed.getPath().getPathSegments(0).getToken();
    assertTrue(token.startsWith(TOKEN), "what is looked for is what a token has");
    String later = time.now().plusSeconds(60).toString();
    refused(() -> client(alice, right).request(asking("nowhere")));
    refused(() -> client(mallory, token(token, later)).request(asking("svc")));
    refused(() -> client(mallory, token(token, later)).close(agreed));
    refused(() -> client(alice, token(token, token)).request(asking("svc")));
    refused(() -> client(alice, token(token + "x", later)).request(asking("svc")));
    refused(() -> client(alice, right, right).request(asking("svc")));
    String path = "{\"Index\":7,\"PathSegments\":[{\"token\":\"" + token + "\"}]}";
    for (String wrong : List.of(path, path.replace("}]}", ""), path.replace("7", "\"" + token))) {
      var registry =
          NetworkServiceEndpointRegistryGrpc.newBlockingStub(
                  ClientInterceptors.intercept(
                      channels(alice).to(manager), right, headers(Map.of("path", wrong))))
              .withDeadlineAfter(20, TimeUnit.SECONDS);
      refused(() -> registry.register(endpoint("other", "svc", manager)));
    }
    var unused = client(alice, right).close(agreed);
    assertTrue(said.stream().anyMatch(line -> line.startsWith("io.patchbay")), said::toString);
    assertEquals(List.of(), said.stream().filter(line -> line.contains(TOKEN)).toList());
  }
}
