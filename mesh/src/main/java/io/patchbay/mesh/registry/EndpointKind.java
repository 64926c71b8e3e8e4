package io.patchbay.mesh.registry;

import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.api.registry.NetworkServiceEndpointQuery;
import io.patchbay.api.registry.NetworkServiceEndpointRegistryGrpc;
import io.patchbay.api.registry.NetworkServiceEndpointResponse;
import io.patchbay.api.registry.NetworkServiceLabels;
import io.patchbay.mesh.Paths;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Endpoints: they have an address, labels for each service they serve, and expire. */
final class EndpointKind implements Kind<NetworkServiceEndpoint> {
  @Override
  public String noun() {
    return "endpoint";
  }

  @Override
  public String name(NetworkServiceEndpoint entry) {
    return entry.getName();
  }

  @Override
  public NetworkServiceEndpoint named(String name) {
    return NetworkServiceEndpoint.newBuilder().setName(name).build();
  }

  @Override
  public Set<String> services(NetworkServiceEndpoint entry) {
    return new LinkedHashSet<>(entry.getNetworkServiceNamesList());
  }

  @Override
  public boolean matches(NetworkServiceEndpoint query, NetworkServiceEndpoint entry) {
    return entry.getName().contains(query.getName())
        && entry.getUrl().contains(query.getUrl())
        && services(entry).containsAll(query.getNetworkServiceNamesList())
        && query.getNetworkServiceLabelsMap().entrySet().stream()
            .allMatch(wanted -> hasLabels(entry, wanted))
        && (!query.hasExpirationTime()
            || query.getExpirationTime().getSeconds() == entry.getExpirationTime().getSeconds());
  }

  private static boolean hasLabels(
      NetworkServiceEndpoint entry, Map.Entry<String, NetworkServiceLabels> wanted) {
    NetworkServiceLabels labels = entry.getNetworkServiceLabelsMap().get(wanted.getKey());
    return labels != null
        && labels
            .getLabelsMap()
            .entrySet()
            .containsAll(wanted.getValue().getLabelsMap().entrySet());
  }

  @Override
  public NetworkServiceEndpoint rename(NetworkServiceEndpoint entry, UnaryOperator<String> change) {
    NetworkServiceEndpoint.Builder renamed =
        entry.toBuilder().clearNetworkServiceNames().clearNetworkServiceLabels();
    if (!entry.getName().isEmpty()) {
      renamed.setName(change.apply(entry.getName()));
    }
    entry
        .getNetworkServiceNamesList()
        .forEach(n -> renamed.addNetworkServiceNames(change.apply(n)));
    entry
        .getNetworkServiceLabelsMap()
        .forEach((name, labels) -> renamed.putNetworkServiceLabels(change.apply(name), labels));
    return renamed.build();
  }

  @Override
  public NetworkServiceEndpoint until(NetworkServiceEndpoint entry, Instant latest) {
    return expires(entry).filter(expires -> !expires.isAfter(latest)).isPresent()
        ? entry
        : entry.toBuilder().setExpirationTime(Paths.timestamp(latest)).build();
  }

  @Override
  public NetworkServiceEndpoint onPath(NetworkServiceEndpoint entry, List<String> ids) {
    List<String> all = Kind.joined(ids, entry.getPathIdsList());
    return entry.toBuilder().clearPathIds().addAllPathIds(all).build();
  }

  @Override
  public NetworkServiceEndpoint admit(NetworkServiceEndpoint entry, Instant now) {
    return entry.hasInitialRegistrationTime()
        ? entry
        : entry.toBuilder().setInitialRegistrationTime(Paths.timestamp(now)).build();
  }

  @Override
  public NetworkServiceEndpoint keeping(
      NetworkServiceEndpoint entry, NetworkServiceEndpoint before) {
    return entry.toBuilder()
        .setInitialRegistrationTime(before.getInitialRegistrationTime())
        .build();
  }

  @Override
  public Optional<Instant> expires(NetworkServiceEndpoint entry) {
    return entry.hasExpirationTime()
        ? Optional.of(Paths.instant(entry.getExpirationTime()))
        : Optional.empty();
  }

  @Override
  public Wire<NetworkServiceEndpoint, ?, ?> wire() {
    return new Wire<>(
        NetworkServiceEndpointRegistryGrpc.getServiceDescriptor(),
        NetworkServiceEndpointRegistryGrpc.getRegisterMethod(),
        NetworkServiceEndpointRegistryGrpc.getFindMethod(),
        NetworkServiceEndpointRegistryGrpc.getUnregisterMethod(),
        NetworkServiceEndpointQuery.getDefaultInstance(),
        NetworkServiceEndpointResponse.getDefaultInstance());
  }
}
