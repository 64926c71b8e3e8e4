package io.patchbay.torshims.lease;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.kubernetes.ApiClient;
import io.patchbay.kubernetes.PodAccount;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

/** By what the replicas of a shim agree which of them is the writer. */
public record LeaseConfig(
    @Variable(
            name = "PATCHBAY_LEASE",
            fallback = "file",
            help =
                "what makes one of several replicas the writer: file, a lock in the state folder,"
                    + " kubernetes, a Lease named as the shim in its pod's namespace, or etcd, a"
                    + " key of PATCHBAY_ETCD")
        String kind,
    @Variable(
            name = "PATCHBAY_LEASE_DURATION",
            fallback = "30s",
            help =
                "after this time without a word of the writer another replica takes over; it steps"
                    + " down by itself after half of it; kubernetes and etcd only")
        Duration duration,
    PodAccount account,
    EtcdAccess etcd) {
  private static final Duration SHORTEST = Duration.ofSeconds(10);

  /**
   * A lease that this process has not asked for yet. Throws {@link Failure} of kind INVALID for a
   * configuration that cannot be right, or UNAVAILABLE.
   *
   * @param stateDir the shim's state folder
   * @param name the shim's, which its replicas share
   */
  public Lease open(Path stateDir, String name, Time time) {
    return switch (kind) {
      case "file" -> new FileLease(stateDir.resolve("writer.lock"), self());
      case "kubernetes" -> shared(inCluster(name, time), time);
      case "etcd" -> shared(inEtcd(name, time), time);
      default ->
          throw new Failure(
              Failure.Kind.INVALID, "PATCHBAY_LEASE=" + kind + ": write file, kubernetes or etcd");
    };
  }

  private Lease shared(LeaseStore store, Time time) {
    return new SharedLease(store, self(), duration, time);
  }

  private LeaseStore inCluster(String name, Time time) {
    String obstacle = account.obstacle();
    if (!obstacle.isEmpty()) {
      throw new Failure(Failure.Kind.INVALID, "PATCHBAY_LEASE=kubernetes: " + obstacle);
    }
    requireLasting("the API server");
    return new KubernetesLeases(ApiClient.connect(account), account.namespace(), name, time);
  }

  private LeaseStore inEtcd(String name, Time time) {
    requireLasting("etcd");
    if (name.contains("/")) {
      throw new Failure(
          Failure.Kind.INVALID,
          "NSM_NAME=" + name + ": it is a part of etcd's keys, write it without /");
    }
    return new EtcdLeases(new EtcdKeys(etcd), etcd.prefix() + "/" + name, time);
  }

  private void requireLasting(String who) {
    if (duration.compareTo(SHORTEST) < 0) {
      throw new Failure(
          Failure.Kind.INVALID,
          "PATCHBAY_LEASE_DURATION=%s s: an answer of %s may take %s s"
              .formatted(duration.toSeconds(), who, SHORTEST.dividedBy(2).toSeconds()));
    }
  }

  /** Unlike any other process, also one before it in the same pod. */
  private static String self() {
    return "%s/%d/%s"
        .formatted(host(), ProcessHandle.current().pid(), UUID.randomUUID().toString());
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
