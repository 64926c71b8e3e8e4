package io.patchbay.mesh.registry;

import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceQuery;
import io.patchbay.api.registry.NetworkServiceRegistryGrpc;
import io.patchbay.api.registry.NetworkServiceResponse;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Network services: they have a payload, and do not expire. */
final class ServiceKind implements Kind<NetworkService> {
  /** What a service carries whose registration does not say (contracts/nsm.md fact 22). */
  private static final String PAYLOAD = "IP";

  @Override
  public String noun() {
    return "network service";
  }

  @Override
  public String name(NetworkService entry) {
    return entry.getName();
  }

  @Override
  public NetworkService named(String name) {
    return NetworkService.newBuilder().setName(name).build();
  }

  @Override
  public Set<String> services(NetworkService entry) {
    return Set.of();
  }

  @Override
  public boolean matches(NetworkService query, NetworkService entry) {
    return entry.getName().contains(query.getName())
        && (query.getPayload().isEmpty() || query.getPayload().equals(entry.getPayload()))
        && (query.getMatchesCount() == 0 || query.getMatchesList().equals(entry.getMatchesList()));
  }

  @Override
  public NetworkService rename(NetworkService entry, UnaryOperator<String> change) {
    return entry.getName().isEmpty()
        ? entry
        : entry.toBuilder().setName(change.apply(entry.getName())).build();
  }

  @Override
  public NetworkService until(NetworkService entry, Instant latest) {
    return entry;
  }

  @Override
  public NetworkService onPath(NetworkService entry, List<String> ids) {
    List<String> all = Kind.joined(ids, entry.getPathIdsList());
    return entry.toBuilder().clearPathIds().addAllPathIds(all).build();
  }

  @Override
  public NetworkService admit(NetworkService entry, Instant now) {
    return entry.getPayload().isEmpty() ? entry.toBuilder().setPayload(PAYLOAD).build() : entry;
  }

  @Override
  public NetworkService keeping(NetworkService entry, NetworkService before) {
    return entry;
  }

  @Override
  public Optional<Instant> expires(NetworkService entry) {
    return Optional.empty();
  }

  @Override
  public Wire<NetworkService, ?, ?> wire() {
    return new Wire<>(
        NetworkServiceRegistryGrpc.getServiceDescriptor(),
        NetworkServiceRegistryGrpc.getRegisterMethod(),
        NetworkServiceRegistryGrpc.getFindMethod(),
        NetworkServiceRegistryGrpc.getUnregisterMethod(),
        NetworkServiceQuery.getDefaultInstance(),
        NetworkServiceResponse.getDefaultInstance());
  }
}
