package io.patchbay.cli;

import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.cli.demo.World;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.identity.WorkloadApi;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.sockets.Channels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * A small mesh in one process, for a moment: identity, registry, manager, and an endpoint that is
 * found again. The launcher runs it once after a build while the JVM notes which classes a daemon
 * needs, so that each daemon then starts with less than half the work (JEP 514). It needs no root
 * and leaves nothing behind.
 */
@Command(
    name = "rehearse",
    hidden = true,
    description = "Starts a small mesh in one process, for the JVM to learn from.")
final class RehearseCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String ENDPOINT = "rehearsal";

  @Override
  public Integer call() throws IOException {
    try (Stack opened = new Stack()) {
      Path folder = Files.createTempDirectory("pb-rehearse");
      opened.push(() -> World.remove(folder));
      Map<String, String> environment = environment(folder);
      for (String daemon : List.of("identity", "registry", "nsmgr", "nse-icmp-responder")) {
        var unused = opened.push(daemon(daemon).run(environment(daemon, folder, environment)));
      }
      find(folder, opened);
      return 0;
    }
  }

  private static Map<String, String> environment(Path folder) throws IOException {
    Path rules = folder.resolve("identity.yaml");
    Files.writeString(
        rules,
        "trustDomain: rehearsal\nrules:\n- {id: \"spiffe://rehearsal/itself\", network: host}\n");
    return Map.of(
        "NODE_NAME", "here",
        "PATCHBAY_IDENTITY_FILE", rules.toString(),
        "PATCHBAY_AUTHORITY_FILE", folder.resolve("authority.pem").toString(),
        "PATCHBAY_IDENTITY_LISTEN_ON", socket(folder, "identity"),
        "SPIFFE_ENDPOINT_SOCKET", socket(folder, "identity"),
        "PATCHBAY_STATE_DIR", folder.resolve("state").toString(),
        "NSM_REGISTRY_URL", socket(folder, "registry"),
        "NSM_CONNECT_TO", socket(folder, "nsmgr"),
        "NSM_BASE_DIR", folder.toString());
  }

  private static Map<String, String> environment(
      String daemon, Path folder, Map<String, String> common) {
    Map<String, String> own = new TreeMap<>(common);
    own.put("NSM_LISTEN_ON", socket(folder, daemon));
    own.put("NSM_NAME", daemon.startsWith("nse") ? ENDPOINT : daemon);
    return own;
  }

  private static String socket(Path folder, String daemon) {
    return "unix://" + folder.resolve(daemon + ".sock");
  }

  private static Daemon<?> daemon(String name) {
    return Daemons.all().stream()
        .filter(daemon -> daemon.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static void find(Path folder, Stack opened) {
    Time time = Time.system();
    Url manager = Url.parse(socket(folder, "nsmgr"));
    Url endpoint = Url.parse(socket(folder, "identity"));
    Identities identities = opened.push(WorkloadApi.open(endpoint, PATIENCE, time)).identities();
    identities.await();
    Channels channels = opened.push(new Channels(Optional.of(identities.security())));
    Tokens tokens = Tokens.of(identities, Duration.ofMinutes(10), time);
    Registries registries = Registries.at(manager, channels, tokens, time);
    NetworkServiceEndpoint query = NetworkServiceEndpoint.newBuilder().setName(ENDPOINT).build();
    Await.until("the endpoint is found", PATIENCE, () -> isThere(registries, query));
  }

  private static boolean isThere(Registries registries, NetworkServiceEndpoint query) {
    try {
      return !registries.endpoints().find(query).isEmpty();
    } catch (Failure e) {
      return switch (e.kind()) {
        case UNAVAILABLE, TIMEOUT -> false;
        default -> throw e;
      };
    }
  }
}
