package io.patchbay.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.kernelforwarder.KernelForwarder;
import io.patchbay.kernelforwarder.KernelForwarderConfig;
import io.patchbay.nsmgr.Nsmgr;
import io.patchbay.nsmgr.NsmgrConfig;
import io.patchbay.registryproxy.RegistryConfig;
import io.patchbay.registryproxy.RegistryDaemon;
import io.patchbay.torshims.TorShim;
import io.patchbay.torshims.TorShimConfig;
import io.patchbay.workloads.IcmpResponder;
import io.patchbay.workloads.IcmpResponderConfig;
import io.patchbay.workloads.Surroundings;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * Runs a daemon as a process of its own without an identity, which the product itself does not: the
 * other side of the comparison.
 */
final class WithoutIdentity {
  private WithoutIdentity() {}

  /** The second argument: somebody will ask for {@link #tellHeap}. */
  static final String ASKED = "asked";

  /** The first argument is the daemon's subcommand. */
  public static void main(String[] arguments) throws InterruptedException, IOException {
    AutoCloseable running = start(arguments[0], System.getenv(), Time.system());
    if (arguments.length > 1 && arguments[1].equals(ASKED)) {
      tellHeap();
    }
    new CountDownLatch(1).await(); // until it is killed
    throw new AssertionError(running);
  }

  /** Answers each line with how many bytes of the heap are in use after a collection. */
  private static void tellHeap() throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    while (lines.readLine() != null) {
      System.gc();
      System.out.println(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
    }
  }

  private static AutoCloseable start(String daemon, Map<String, String> environment, Time time) {
    return switch (daemon) {
      case "nsmgr" -> Nsmgr.start(Environment.read(NsmgrConfig.class, environment), time);
      case "registry" ->
          RegistryDaemon.start(Environment.read(RegistryConfig.class, environment), time);
      case "kernel-forwarder" ->
          KernelForwarder.start(Environment.read(KernelForwarderConfig.class, environment), time);
      case "nse-icmp-responder" ->
          IcmpResponder.start(
              Environment.read(IcmpResponderConfig.class, environment),
              new Surroundings("file:///proc/self/ns/net", environment),
              time);
      case "tor-shim" -> TorShim.start(Environment.read(TorShimConfig.class, environment), time);
      default -> throw new Failure(Failure.Kind.INVALID, "no daemon '" + daemon + "' here");
    };
  }
}
