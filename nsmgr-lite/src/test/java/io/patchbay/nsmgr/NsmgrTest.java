package io.patchbay.nsmgr;

import static io.patchbay.mesh.registry.Entries.endpoint;
import static io.patchbay.mesh.registry.Entries.labelled;
import static io.patchbay.mesh.registry.Entries.service;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ClientInterceptors;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.api.networkservice.NetworkServiceGrpc;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.base.Await;
import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Hop;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.TokenHeaders;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.registry.Registration;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.RegistryServer;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A manager on real sockets, with a registry behind it, a forwarder and a client. */
class NsmgrTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final Stack stack = new Stack();
  private final Time time = Time.system();
  private final Tokens tokens =
      Tokens.selfSigned("spiffe://test/nsc", Duration.ofMinutes(10), time);
  private final Registries domain = Registries.inMemory(time, Duration.ofMinutes(1));
  private Channels channels;
  private Url url;
  private GrpcServer registry;
  private Nsmgr nsmgr;
  private Hop forwarder;
  private Registries atManager;

  @BeforeEach
  void start() {
    channels = stack.push(new Channels());
    url = Url.parse("unix://" + folder.resolve("nsm.io.sock"));
    registry = serve();
    nsmgr = manager();
    atManager = Registries.at(url, channels, tokens, time);
    forwarder = stack.push(new Hop("fwd", folder, Duration.ofMinutes(10), Optional.empty()));
    domain.services().register(service("svc"));
    stack.push(
        Registration.start(
            atManager,
            List.of(),
            labelled(
                endpoint("fwd", forwarder.url.toString(), "forwarder"), "forwarder", "p2p=true"),
            time));
    Await.until("the forwarder is registered", PATIENCE, this::isForwarderKnown);
  }

  private GrpcServer serve() {
    return stack.push(
        GrpcServer.start(
            List.of(Url.parse("unix://" + folder.resolve("registry.sock"))),
            RegistryServer.of(domain, tokens, time)));
  }

  private Nsmgr manager() {
    Map<String, String> settings =
        Map.of(
            "NSM_NAME",
            "nsmgr-1",
            "NSM_LISTEN_ON",
            url.toString(),
            "NSM_REGISTRY_URL",
            "unix://" + folder.resolve("registry.sock"),
            "PATCHBAY_STATE_DIR",
            folder.resolve("state").toString(),
            "PATCHBAY_EXCLUDED_PREFIXES_FILE",
            folder.resolve("excluded.yaml").toString());
    return stack.push(Nsmgr.start(Environment.read(NsmgrConfig.class, settings), time));
  }

  /** A manager that has just come back may not have been dialled again yet. */
  private boolean isForwarderKnown() {
    try {
      return !atManager.endpoints().find(endpoint("", "", "forwarder")).isEmpty();
    } catch (Failure e) {
      return false; // while the manager restarts
    }
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "networkservice.NetworkService",
        "connection.MonitorConnection",
        "registry.NetworkServiceRegistry",
        "registry.NetworkServiceEndpointRegistry"
      })
  void isHealthyAsAWholeAndForEachService(String service) {
    var request = HealthCheckRequest.newBuilder().setService(service).build();
    assertEquals(
        ServingStatus.SERVING,
        HealthGrpc.newBlockingStub(channels.to(url)).check(request).getStatus());
  }

  private NetworkServiceGrpc.NetworkServiceBlockingStub client() {
    return NetworkServiceGrpc.newBlockingStub(
            ClientInterceptors.intercept(channels.to(url), new TokenHeaders(tokens)))
        .withWaitForReady();
  }

  private static NetworkServiceRequest asking(String service) {
    Connection fresh =
        Paths.arrive(
            Connection.newBuilder().setId("nsc-0").setNetworkService(service).build(), "nsc");
    return NetworkServiceRequest.newBuilder().setConnection(fresh).build();
  }

  @Test
  void aRequestReachesTheForwarderAndAClosesToo() {
    Connection answer = client().request(asking("svc"));
    assertEquals("IP", answer.getPayload());
    assertEquals(
        List.of("nsc", "nsmgr-1", "fwd"),
        answer.getPath().getPathSegmentsList().stream().map(PathSegment::getName).toList());
    assertEquals(1, forwarder.has.size());
    var unused = client().close(answer);
    assertEquals(0, forwarder.has.size());
  }

  @Test
  void aServiceThatNobodyRegisteredIsNotFound() {
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> client().request(asking("nosuch")));
    assertEquals(
        "NOT_FOUND: no network service 'nosuch' is registered", String.valueOf(e.getMessage()));
  }

  @Test
  void theDomainSeesTheForwarderAtTheManagersAddress() {
    assertEquals(
        nsmgr.publicUrl().toString(),
        domain.endpoints().find(endpoint("fwd", "")).getFirst().getUrl());
    assertEquals(
        forwarder.url.toString(),
        atManager.endpoints().find(endpoint("fwd", "")).getFirst().getUrl());
  }

  @Test
  void withoutTheRegistryAnAgreedConnectionIsStillRefreshed() {
    Connection answer = client().request(asking("svc"));
    registry.close();
    Connection again =
        client().request(NetworkServiceRequest.newBuilder().setConnection(answer).build());
    assertEquals(answer.getId(), again.getId());
  }

  @Test
  void aRestartedManagerStillHasItsConnectionsAndGetsItsForwarderBack() {
    Connection answer = client().request(asking("svc"));
    nsmgr.close();
    nsmgr = manager();
    Await.until("the forwarder is back", PATIENCE, this::isForwarderKnown);
    Connection again =
        client().request(NetworkServiceRequest.newBuilder().setConnection(answer).build());
    assertEquals(
        answer.getPath().getPathSegments(1).getId(), again.getPath().getPathSegments(1).getId());
    nsmgr.close();
    nsmgr = manager();
    var unused = client().close(again);
    assertTrue(forwarder.has.isEmpty());
  }
}
