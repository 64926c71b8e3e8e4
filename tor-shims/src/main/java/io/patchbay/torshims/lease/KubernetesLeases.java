package io.patchbay.torshims.lease;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.patchbay.base.Time;
import io.patchbay.kubernetes.ApiClient;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A lease as an object of coordination.k8s.io/v1, as all of Kubernetes' own have it. What writers
 * hand over is in its annotations; what others write on it is left alone.
 */
final class KubernetesLeases implements LeaseStore {
  private static final String FOLDER = "patchbay.io/state-folder";
  private static final String TOKEN = "patchbay.io/commit-token";
  private static final int CONFLICT = 409;

  private final KubernetesClient client;
  private final String namespace;
  private final String name;
  private final Time time;

  /** As it was read or written last. */
  private @Nullable Lease last;

  /**
   * @param client it is closed with this
   */
  KubernetesLeases(KubernetesClient client, String namespace, String name, Time time) {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
    this.time = time;
  }

  @Override
  public Optional<LeaseRecord> read() {
    last = ApiClient.answer(() -> client.leases().inNamespace(namespace).withName(name).get());
    return Optional.ofNullable(last).map(KubernetesLeases::record);
  }

  private static LeaseRecord record(Lease lease) {
    Map<String, String> notes =
        Objects.requireNonNullElse(lease.getMetadata().getAnnotations(), Map.of());
    String folder = notes.getOrDefault(FOLDER, "");
    String token = notes.getOrDefault(TOKEN, "");
    LeaseSpec spec = Objects.requireNonNullElseGet(lease.getSpec(), LeaseSpec::new);
    return new LeaseRecord(
        lease.getMetadata().getResourceVersion(),
        Objects.requireNonNullElse(spec.getHolderIdentity(), ""),
        Duration.ofSeconds(Objects.requireNonNullElse(spec.getLeaseDurationSeconds(), 0)),
        Objects.requireNonNullElse(spec.getLeaseTransitions(), 0),
        folder.isEmpty() || token.isEmpty()
            ? Optional.empty()
            : Optional.of(new Handover(folder, token)));
  }

  @Override
  public Optional<LeaseRecord> write(LeaseRecord record) {
    Lease lease = lease(record);
    try {
      Lease written =
          record.version().isEmpty()
              ? client.resource(lease).create()
              : client.resource(lease).update();
      last = written;
      return Optional.of(record(written));
    } catch (KubernetesClientException e) {
      if (e.getCode() == CONFLICT) {
        return Optional.empty();
      }
      throw ApiClient.failure(e);
    }
  }

  private Lease lease(LeaseRecord record) {
    // the API server keeps microseconds
    ZonedDateTime now = time.now().atZone(ZoneOffset.UTC).truncatedTo(ChronoUnit.MICROS);
    Optional<Lease> before =
        Optional.ofNullable(last)
            .filter(lease -> record.version().equals(lease.getMetadata().getResourceVersion()));
    LeaseBuilder builder = before.map(LeaseBuilder::new).orElseGet(LeaseBuilder::new);
    builder
        .editOrNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .withResourceVersion(record.version().isEmpty() ? null : record.version())
        .endMetadata();
    record
        .handover()
        .ifPresent(left ->
            builder
                .editMetadata()
                .addToAnnotations(FOLDER, left.folder())
                .addToAnnotations(TOKEN, left.token())
                .endMetadata());
    boolean same =
        before.filter(lease -> record(lease).holder().equals(record.holder())).isPresent();
    var spec =
        builder
            .editOrNewSpec()
            .withHolderIdentity(record.holder())
            .withLeaseDurationSeconds(Math.toIntExact(record.duration().toSeconds()))
            .withLeaseTransitions(record.transitions())
            .withRenewTime(now);
    return (same ? spec : spec.withAcquireTime(now)).endSpec().build();
  }

  @Override
  public IntentStore intents() {
    return new KubernetesIntents(client, namespace, name);
  }

  @Override
  public void close() {
    client.close();
  }
}
