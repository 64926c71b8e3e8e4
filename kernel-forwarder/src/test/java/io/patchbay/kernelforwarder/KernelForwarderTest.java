package io.patchbay.kernelforwarder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Await;
import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.OwnFile;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.RegistryServer;
import io.patchbay.mesh.registry.Selection;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The daemon's start and end; its work is tested with a whole node elsewhere. */
class KernelForwarderTest {
  @TempDir Path folder;
  private final Stack world = new Stack();
  private final Registries registries = Registries.inMemory(Time.system(), Duration.ofMinutes(1));

  @AfterEach
  void stop() {
    world.close();
  }

  private Url socket(String name) {
    return Url.parse("unix://" + folder.resolve(name));
  }

  private KernelForwarder start(String socket) {
    Map<String, String> environment =
        Map.of(
            "NSM_CONNECT_TO", socket("nsm.sock").toString(),
            "NSM_LISTEN_ON", socket(socket).toString(),
            "NSM_LABELS", "p2p:true,zone:a",
            "PATCHBAY_STATE_DIR", folder.resolve("state").toString());
    return world.push(
        KernelForwarder.start(
            Environment.read(KernelForwarderConfig.class, environment), Time.system()));
  }

  private Optional<NetworkServiceEndpoint> registered() {
    return Kind.ENDPOINTS.find(registries.endpoints(), "forwarder");
  }

  @Test
  void registersAsAForwarderAsSoonAsThereIsAManager() {
    KernelForwarder forwarder = start("fwd.sock");
    world.push(
        GrpcServer.start(
            List.of(socket("nsm.sock")),
            RegistryServer.of(
                registries,
                Tokens.selfSigned("spiffe://test/registry", Duration.ofMinutes(10), Time.system()),
                Time.system())));
    Await.until("registered", Duration.ofSeconds(20), () -> registered().isPresent());
    NetworkServiceEndpoint itself = registered().orElseThrow();
    assertEquals(OwnFile.onTheWire("file://" + socket("fwd.sock").path()), itself.getUrl());
    assertEquals(List.of("forwarder"), itself.getNetworkServiceNamesList());
    assertEquals(Map.of("p2p", "true", "zone", "a"), Selection.labels(itself, "forwarder"));
    forwarder.close();
    assertEquals(Optional.empty(), registered());
  }

  @Test
  void itsStateHasOneOwner() {
    start("fwd.sock");
    Failure failure = assertThrows(Failure.class, () -> start("other.sock"));
    assertEquals(Failure.Kind.CONFLICT, failure.kind());
  }
}
