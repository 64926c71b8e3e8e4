package io.patchbay.deviceplugin.dra;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceAllocationConfiguration;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestAllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimConsumerReference;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimStatus;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.deviceplugin.dra.AllocatedClaim.Result;
import io.patchbay.deviceplugin.dra.AllocatedClaim.Setting;
import io.patchbay.kubernetes.ApiClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Claims and slices as resource.k8s.io/v1 has them, which every cluster from 1.34 on serves. */
final class KubernetesCluster implements Cluster {
  /** What a claim or its class says to us: under which name a VF is to be had. */
  private static final String RESOURCE_NAME = "resourceName";

  private final KubernetesClient client;

  /**
   * @param client it is closed with this
   */
  KubernetesCluster(KubernetesClient client) {
    this.client = client;
  }

  @Override
  public Optional<AllocatedClaim> find(String namespace, String name) {
    @Nullable ResourceClaim found =
        ApiClient.answer(() ->
            client.resources(ResourceClaim.class).inNamespace(namespace).withName(name).get());
    return Optional.ofNullable(found).map(KubernetesCluster::read);
  }

  private static AllocatedClaim read(ResourceClaim claim) {
    Optional<ResourceClaimStatus> status = Optional.ofNullable(claim.getStatus());
    Optional<AllocationResult> allocation = status.map(ResourceClaimStatus::getAllocation);
    return new AllocatedClaim(
        claim.getMetadata().getUid(),
        status.stream()
            .flatMap(is -> is.getReservedFor().stream())
            .map(KubernetesCluster::pod)
            .toList(),
        allocation.stream()
            .flatMap(is -> is.getDevices().getResults().stream())
            .map(KubernetesCluster::read)
            .toList(),
        allocation.stream()
            .flatMap(is -> is.getDevices().getConfig().stream())
            .flatMap(KubernetesCluster::read)
            .toList());
  }

  private static String pod(ResourceClaimConsumerReference user) {
    return Objects.equals(user.getResource(), "pods") ? user.getName() : "";
  }

  private static Result read(DeviceRequestAllocationResult result) {
    return new Result(
        result.getRequest(),
        result.getDriver(),
        result.getPool(),
        result.getDevice(),
        Boolean.TRUE.equals(result.getAdminAccess()),
        Objects.requireNonNullElse(result.getShareID(), ""));
  }

  /** Parameters without a resource name say nothing to us. */
  private static Stream<Setting> read(DeviceAllocationConfiguration config) {
    if (config.getOpaque() == null) {
      return Stream.of();
    }
    Map<?, ?> parameters = Json.read(Json.write(config.getOpaque().getParameters()), Map.class);
    return Optional.ofNullable(parameters.get(RESOURCE_NAME)).stream()
        .map(name ->
            new Setting(config.getOpaque().getDriver(), config.getRequests(), name.toString()));
  }

  @Override
  public void publish(Pool pool) {
    List<ResourceSlice> there = there(pool);
    if (SliceTexts.same(pool, there)) {
      return;
    }
    @Nullable Node node = ApiClient.answer(() -> client.nodes().withName(pool.node()).get());
    if (node == null) {
      throw new Failure(Failure.Kind.NOT_FOUND, "there is no node " + pool.node());
    }
    long generation = SliceTexts.generation(there) + 1;
    List<ResourceSlice> wanted = SliceTexts.of(pool, generation, node.getMetadata().getUid());
    for (ResourceSlice slice : wanted) {
      var unused =
          ApiClient.answer(() -> client.resource(slice).createOr(NonDeletingOperation::update));
    }
    for (int number = there.size() - 1; number >= wanted.size(); number--) {
      ResourceSlice old = there.get(number);
      var unused = ApiClient.answer(() -> client.resource(old).delete());
    }
  }

  /** Those of its numbers from 0 on; the last is removed first, so no number is left out. */
  private List<ResourceSlice> there(Pool pool) {
    List<ResourceSlice> there = new ArrayList<>();
    while (true) {
      String name = SliceTexts.name(pool, there.size());
      @Nullable ResourceSlice found =
          ApiClient.answer(() -> client.resources(ResourceSlice.class).withName(name).get());
      if (found == null) {
        return there;
      }
      there.add(found);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
