package io.patchbay.nsmgr;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.Session;
import io.patchbay.mesh.registry.Registry;
import io.patchbay.mesh.registry.Rotation;
import io.patchbay.mesh.registry.Selection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses which forwarder of this node does the work, tries the next one if that fails, and stays
 * with the one that agreed for as long as it is registered. Who asks for hardware gets a forwarder
 * for hardware, everybody else one of the others.
 */
final class PickForwarder implements Link {
  private static final Logger log = LoggerFactory.getLogger(PickForwarder.class);
  private static final Key<Picked> PICKED = Key.durable("forwarder", Picked.class);

  /** The label of a request for hardware (contracts/nsm.md section 2). */
  private static final String SRIOV_TOKEN = "sriovToken";

  /** The label of a forwarder for hardware. */
  private static final String SRIOV = "sriov";

  /** Which forwarder has agreed. */
  record Picked(String name) {}

  private final Registry<NetworkServiceEndpoint> endpoints;
  private final String forwarderService;
  private final Url publicUrl;

  /**
   * @param forwarderService the service under which forwarders are registered
   * @param publicUrl this manager's address, by which its own forwarders are told from others'
   */
  PickForwarder(
      Registry<NetworkServiceEndpoint> endpoints, String forwarderService, Url publicUrl) {
    this.endpoints = endpoints;
    this.forwarderService = forwarderService;
    this.publicUrl = publicUrl;
  }

  @Override
  public Connection request(Call call, Handler next) {
    List<NetworkServiceEndpoint> candidates = inOrder(call, fitting(call));
    Optional<Failure> failure = Optional.empty();
    for (NetworkServiceEndpoint forwarder : candidates) {
      try {
        Connection answer = next.request(call.towards(Url.parse(forwarder.getUrl())));
        call.session().note(PICKED, new Picked(forwarder.getName()), forgotten -> {});
        return answer;
      } catch (Failure e) {
        log.info("{}: forwarder {}: {}", call.session().id(), forwarder.getName(), Failure.text(e));
        failure = Optional.of(failure.map(earlier -> both(earlier, e)).orElse(e));
      }
    }
    throw failure.orElseThrow(() -> new IllegalStateException("no candidate, and no failure"));
  }

  @Override
  public void restore(Session session) {
    var unused = session.adopt(PICKED, forgotten -> {});
  }

  /** The first failure decides the kind: it came from the best candidate. */
  private static Failure both(Failure earlier, Failure later) {
    return Failure.text(earlier).contains(Failure.text(later))
        ? earlier
        : new Failure(
            earlier.kind(), Failure.text(earlier) + "; then " + Failure.text(later), earlier);
  }

  private List<NetworkServiceEndpoint> fitting(Call call) {
    NetworkServiceEndpoint query =
        NetworkServiceEndpoint.newBuilder()
            .addNetworkServiceNames(forwarderService)
            .setUrl(publicUrl.toString())
            .build();
    boolean hardware = wantsHardware(call);
    List<NetworkServiceEndpoint> fitting =
        Selection.forwarders(
                FindService.found(call.session()),
                forwarderService,
                call.connection().getLabelsMap(),
                endpoints.find(query))
            .stream()
            .filter(forwarder -> isForHardware(forwarder) == hardware)
            .toList();
    if (fitting.isEmpty()) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "no forwarder for "
              + (hardware ? "hardware (label " + SRIOV + "=true)" : "software")
              + " on this node fits network service '"
              + call.connection().getNetworkService()
              + "'; registered here: "
              + names(endpoints.find(query)));
    }
    return fitting;
  }

  private static String names(List<NetworkServiceEndpoint> forwarders) {
    return forwarders.isEmpty()
        ? "none"
        : forwarders.stream()
            .map(NetworkServiceEndpoint::getName)
            .sorted()
            .collect(Collectors.joining(", "));
  }

  /** The one that agreed before, alone; or all, beginning with the one that the path names. */
  private static List<NetworkServiceEndpoint> inOrder(
      Call call, List<NetworkServiceEndpoint> fitting) {
    Optional<String> picked = call.session().held(PICKED).map(Picked::name);
    List<NetworkServiceEndpoint> same =
        fitting.stream().filter(f -> picked.equals(Optional.of(f.getName()))).toList();
    if (!same.isEmpty()) {
      return same;
    }
    Optional<String> named = Paths.nextName(call.connection());
    return Rotation.preferring(f -> named.equals(Optional.of(f.getName())), fitting);
  }

  private static boolean wantsHardware(Call call) {
    return call.connection().containsLabels(SRIOV_TOKEN)
        || Stream.concat(call.preferences().stream(), Stream.of(call.connection().getMechanism()))
            .map(Mechanism::getParametersMap)
            .anyMatch(parameters -> parameters.containsKey(KernelParameters.TOKEN_ID));
  }

  private boolean isForHardware(NetworkServiceEndpoint forwarder) {
    return "true".equals(Selection.labels(forwarder, forwarderService).get(SRIOV));
  }
}
