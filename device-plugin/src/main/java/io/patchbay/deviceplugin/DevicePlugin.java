package io.patchbay.deviceplugin;

import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.deviceplugin.dra.ClaimDriver;
import io.patchbay.deviceplugin.dra.Cluster;
import io.patchbay.sockets.Channels;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon: sriov-manager's face towards the kubelet. It waits for either of them for as long as
 * it takes, and ends only when it is closed; then its sockets are removed and granted VFs stay.
 */
public final class DevicePlugin implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DevicePlugin.class);

  /** How long a file for container runtimes may be gone that somebody has removed. */
  private static final Duration CDI_INTERVAL = Duration.ofSeconds(2);

  private final Stack running = new Stack();

  private DevicePlugin() {}

  /** Starts all of it; returns at once. Throws {@link Failure} for an address that is none. */
  public static DevicePlugin start(DevicePluginConfig config, Time time) {
    return start(config, config.dra()::cluster, time);
  }

  /**
   * The same with another cluster.
   *
   * @param cluster asked if resource claims are to be served
   */
  static DevicePlugin start(DevicePluginConfig config, Supplier<Cluster> cluster, Time time) {
    DevicePlugin plugin = new DevicePlugin();
    try {
      plugin.open(config, cluster, time);
      return plugin;
    } catch (RuntimeException e) {
      plugin.close();
      throw e;
    }
  }

  private void open(DevicePluginConfig config, Supplier<Cluster> cluster, Time time) {
    Channels channels = running.push(new Channels());
    Sights sights = new Sights(time);
    CdiSpecs cdi = new CdiSpecs(config.cdiPath(), config.cdiAlone());
    running.push(sights.follow(cdi)::run);
    SriovManagerClient manager =
        running.push(new SriovManagerClient(channels.to(config.vfSocket()), sights, time));
    PodResourcesPoll poll =
        running.push(new PodResourcesPoll(config, sights, manager::report, channels, time));
    Registrar registrar =
        running.push(
            new Registrar(
                KubeletFolder.of(config.devicePluginPath()),
                KubeletFolder.of(config.pluginsRegistryPath()),
                sights,
                name ->
                    new ResourceService(name, sights, manager, config.choice(), cdi, poll::expect),
                channels,
                time));
    config
        .dra()
        .driver()
        .ifPresent(driver -> serveClaims(config, driver, sights, manager, cluster.get(), time));
    poll.start();
    registrar.start();
    Thread watch = Thread.ofVirtual().name("cdi-watch").start(() -> lookAfter(cdi, time));
    running.push(() -> {
      watch.interrupt();
      watch.join();
    });
  }

  /** The other way to the kubelet; the manager's ledger keeps the two apart. */
  private void serveClaims(
      DevicePluginConfig config,
      String driver,
      Sights sights,
      SriovManagerClient manager,
      Cluster cluster,
      Time time) {
    ClaimDriver.Ground ground =
        new ClaimDriver.Ground(
            config.pluginsRegistryPath(),
            config.cdiPath(),
            manager,
            () -> sights.current().known().all(),
            (name, grants) ->
                new ContainerAnswer(name, grants, List.of(), false).response().getEnvsMap());
    ClaimDriver claims =
        running.push(ClaimDriver.start(driver, config.dra(), ground, cluster, time));
    running.push(
        sights.follow(sight -> {
          if (!sight.equals(Sight.NONE)) {
            claims.offer(sight.claimable());
          }
        })
            ::run);
  }

  private static void lookAfter(CdiSpecs cdi, Time time) {
    try {
      while (true) {
        time.sleep(CDI_INTERVAL);
        cdi.lookAfter();
      }
    } catch (InterruptedException end) {
      log.debug("the files for container runtimes are no longer looked after");
    }
  }

  @Override
  public void close() {
    running.close();
  }
}
