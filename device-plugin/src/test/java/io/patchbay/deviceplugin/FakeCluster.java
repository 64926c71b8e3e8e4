package io.patchbay.deviceplugin;

import io.patchbay.base.Failure;
import io.patchbay.deviceplugin.dra.AllocatedClaim;
import io.patchbay.deviceplugin.dra.Cluster;
import io.patchbay.deviceplugin.dra.Pool;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A cluster whose claims a test writes, and that keeps what is published. */
final class FakeCluster implements Cluster {
  final Map<String, AllocatedClaim> claims = new ConcurrentHashMap<>();
  final List<Pool> pools = new CopyOnWriteArrayList<>();
  volatile Optional<Failure> failure = Optional.empty();

  /** A claim in namespace default of pod cnf-1, with devices that answer a request of their own. */
  void allocates(String name, String uid, String driver, String resource, String... devices) {
    List<AllocatedClaim.Result> results =
        java.util.stream.IntStream.range(0, devices.length)
            .mapToObj(
                i -> new AllocatedClaim.Result("r" + i, driver, "node-1", devices[i], false, ""))
            .toList();
    List<AllocatedClaim.Setting> settings =
        List.of(new AllocatedClaim.Setting(driver, List.of(), resource));
    claims.put("default/" + name, new AllocatedClaim(uid, List.of("cnf-1"), results, settings));
  }

  @Override
  public Optional<AllocatedClaim> find(String namespace, String name) {
    failure.ifPresent(away -> {
      throw away;
    });
    return Optional.ofNullable(claims.get(namespace + "/" + name));
  }

  @Override
  public void publish(Pool pool) {
    failure.ifPresent(away -> {
      throw away;
    });
    pools.add(pool);
  }

  @Override
  public void close() {}
}
