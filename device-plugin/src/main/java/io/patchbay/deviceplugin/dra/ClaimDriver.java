package io.patchbay.deviceplugin.dra;

import io.patchbay.api.vf.Grant;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * The driver for resource claims: serves the kubelet, and tells the cluster what this node offers.
 * It keeps nothing; whoever starts it closes it.
 */
public final class ClaimDriver implements AutoCloseable {
  private final Stack running = new Stack();
  private final PoolPublisher publisher;

  /**
   * What it stands on.
   *
   * @param registry the folder in which the kubelet looks for plugins
   * @param cdi where container runtimes read about devices
   * @param functions all the VFs there are
   * @param variables what a container's environment has of VFs that were granted under a name
   */
  public record Ground(
      Path registry,
      Optional<Path> cdi,
      ClaimGrants grants,
      Supplier<? extends Collection<VirtualFunction>> functions,
      BiFunction<String, List<Grant>, Map<String, String>> variables) {}

  private ClaimDriver(PoolPublisher publisher) {
    this.publisher = publisher;
  }

  /**
   * Starts it; returns at once.
   *
   * @param driver what it is called
   * @param cluster closed with it
   */
  public static ClaimDriver start(
      String driver, DraConfig config, Ground ground, Cluster cluster, Time time) {
    PoolPublisher publisher = new PoolPublisher(driver, config.nodeName(), cluster, time);
    ClaimDriver made = new ClaimDriver(publisher);
    made.running.push(cluster);
    made.running.push(publisher);
    Preparation preparation =
        new Preparation(
            driver,
            config.nodeName(),
            new Preparation.Ground(
                cluster,
                ground.grants(),
                new ClaimFiles(ground.cdi()),
                ground.functions(),
                ground.variables()));
    ClaimSockets sockets =
        made.running.push(
            new ClaimSockets(
                driver,
                config.pluginsPath().resolve(driver).resolve("dra.sock"),
                ground.registry(),
                new ClaimService(preparation),
                publisher::look,
                time));
    publisher.start();
    sockets.start();
    return made;
  }

  /** These VFs are to be had by claims, from now on; those that claims have are among them. */
  public void offer(Collection<VirtualFunction> functions) {
    publisher.offer(functions);
  }

  @Override
  public void close() {
    running.close();
  }
}
