package io.patchbay.deviceplugin;

import io.patchbay.base.Await;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.deviceplugin.dra.DraConfig;
import io.patchbay.kubernetes.PodAccount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * The daemon between a kubelet and a manager that has four VFs under two names, all over real
 * sockets: what its tests stand on.
 *
 * @param <T> the daemon's time
 */
abstract class PluginRig<T extends Time> {
  static final String FAST = "example.com/100g";
  static final String LAB = "lab.example.org/100g";

  @TempDir Path folder;
  FakeKubelet kubelet;
  FakeManager manager;
  DevicePlugin plugin;
  final T time;

  PluginRig(T time) {
    this.time = time;
  }

  @BeforeEach
  void start() throws IOException {
    Files.createDirectories(folder.resolve("cdi"));
    kubelet = new FakeKubelet(folder);
    manager = new FakeManager(folder.resolve("vf.sock"));
    kubelet.start();
    manager.start();
    manager.has(4, FAST, LAB);
    plugin = newPlugin();
  }

  DevicePlugin newPlugin() {
    return newPlugin(kubelet.plugins, kubelet.podResources);
  }

  DevicePlugin newPlugin(Path plugins, Path podResources) {
    return DevicePlugin.start(config(plugins, podResources, Optional.empty()), time);
  }

  /**
   * @param driver that of resource claims, if these are to be served
   */
  DevicePluginConfig config(Path plugins, Path podResources, Optional<String> driver) {
    return new DevicePluginConfig(
        plugins,
        kubelet.watched,
        podResources,
        Duration.ofMillis(50),
        new Url("unix", folder.resolve("vf.sock").toString()),
        Optional.of(folder.resolve("cdi")),
        false,
        false,
        new DraConfig(
            driver, folder.resolve("plugins"), "node-1", new PodAccount("", 443, folder)));
  }

  @AfterEach
  void stop() {
    plugin.close();
    manager.close();
    kubelet.close();
  }

  static void eventually(String what, BooleanSupplier condition) {
    Await.until(what, Duration.ofSeconds(10), condition);
  }

  void listed() {
    eventually("both lists", () -> healthy(FAST) == 4 && healthy(LAB) == 4);
  }

  int healthy(String resource) {
    return kubelet.healthy(resource).size();
  }

  static String id(int number) {
    return FakeManager.function(number, List.of()).getPciAddress();
  }
}
