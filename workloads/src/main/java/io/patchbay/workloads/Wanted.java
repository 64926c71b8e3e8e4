package io.patchbay.workloads;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.OwnFile;
import io.patchbay.mesh.VfioParameters;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One connection that the client wants: pure.
 *
 * @param connection its id, service and labels
 * @param mechanism the interface it is to become, or the device that the pod drives itself
 */
record Wanted(Connection connection, Mechanism mechanism) {
  private static final String TOKENS = "NSM_SRIOV_TOKENS_";
  private static final Set<String> TYPES = Set.of(KernelParameters.TYPE, VfioParameters.TYPE);

  /**
   * All that the configuration asks for. Throws {@link Failure} INVALID naming the variable and the
   * URL that is wrong.
   */
  static List<Wanted> all(NscConfig config, Surroundings surroundings) {
    try {
      return read(config, surroundings);
    } catch (Failure e) {
      throw new Failure(Failure.Kind.INVALID, "NSM_NETWORK_SERVICES: " + Failure.text(e), e);
    }
  }

  private static List<Wanted> read(NscConfig config, Surroundings surroundings) {
    List<Wanted> all = new ArrayList<>();
    Set<String> interfaces = new HashSet<>();
    for (ServiceUrl url : ServiceUrl.parseList(config.networkServices(), config.mechanism())) {
      if (!TYPES.contains(url.mechanism())) {
        throw new Failure(
            Failure.Kind.INVALID,
            "network service URL '" + url + "': this client takes kernel:// and vfio:// only");
      }
      if (url.interfaceName().filter(name -> !interfaces.add(name)).isPresent()) {
        throw new Failure(
            Failure.Kind.INVALID,
            "network service URL '" + url + "': another one has the same interface");
      }
      all.add(of(config.name() + "-" + all.size(), url, config, surroundings));
    }
    return List.copyOf(all);
  }

  private static Wanted of(String id, ServiceUrl url, NscConfig config, Surroundings surroundings) {
    Map<String, String> labels = new LinkedHashMap<>(config.labels());
    labels.putAll(url.labels());
    Connection connection =
        Connection.newBuilder()
            .setId(id)
            .setNetworkService(url.service())
            .putAllLabels(
                Labels.with(
                    labels,
                    Map.of(
                        "podName", config.podName(),
                        "podNamespace", config.podNamespace(),
                        "nodeName", config.nodeName(),
                        "clusterName", config.clusterName())))
            .build();
    return new Wanted(connection, mechanism(url, surroundings));
  }

  private static Mechanism mechanism(ServiceUrl url, Surroundings surroundings) {
    Optional<String> token =
        token(url.labels().getOrDefault(ServiceUrl.SRIOV_TOKEN, ""), surroundings);
    return url.mechanism().equals(VfioParameters.TYPE)
        ? new VfioParameters(token, Optional.empty()).onto(Mechanism.getDefaultInstance())
        : new KernelParameters(Optional.of(surroundings.namespaceUrl()), url.interfaceName(), token)
            .mechanism();
  }

  /** The first grant of that resource that this container holds, if it holds any. */
  private static Optional<String> token(String resource, Surroundings surroundings) {
    String tokens = surroundings.environment().getOrDefault(TOKENS + resource, "");
    return List.of(tokens.split(",", -1)).stream()
        .map(String::strip)
        .filter(id -> !id.isEmpty())
        .findFirst();
  }

  /**
   * The request that takes an earlier connection over: its path and what was agreed, as far as that
   * is what is wanted now.
   */
  Connection onto(Connection earlier) {
    Connection.Builder request = earlier.toBuilder().putAllLabels(connection.getLabelsMap());
    continued(earlier.getMechanism())
        .ifPresentOrElse(request::setMechanism, request::clearMechanism);
    return request.build();
  }

  /** What was agreed, said by this process; empty when it is not what is wanted now. */
  private Optional<Mechanism> continued(Mechanism earlier) {
    Optional<VfioParameters> device = VfioParameters.asked(mechanism);
    if (device.isPresent()) {
      return VfioParameters.asked(earlier).filter(device.get()::equals).map(had -> earlier);
    }
    KernelParameters want = KernelParameters.of(mechanism).orElseThrow();
    return KernelParameters.of(earlier)
        .filter(had -> fits(want, had))
        .map(had -> new KernelParameters(want.inodeUrl(), had.name(), had.tokenId()).onto(earlier));
  }

  private static boolean fits(KernelParameters want, KernelParameters earlier) {
    return Optional.of(earlier)
        .filter(had -> had.inodeUrl().equals(want.inodeUrl().map(OwnFile::onTheWire)))
        .filter(had -> had.tokenId().equals(want.tokenId()))
        .filter(had -> want.name().isEmpty() || had.name().equals(want.name()))
        .isPresent();
  }

  @Override
  public String toString() {
    return "network service '" + connection.getNetworkService() + "' (" + connection.getId() + ")";
  }
}
