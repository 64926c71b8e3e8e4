package io.patchbay.bench;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.linux.NetworkNamespace;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The pods that clients connect, as the node sees them: network namespaces with a process in each.
 */
final class ClientPods implements AutoCloseable {
  private static final Duration READY = Duration.ofSeconds(10);

  private final List<NetworkNamespace> namespaces = new ArrayList<>();
  private final Stack opened = new Stack();

  private ClientPods() {}

  /** So many of them. */
  static ClientPods start(int count) {
    ClientPods pods = new ClientPods();
    try (NetworkNamespace own = NetworkNamespace.own()) {
      for (int i = 0; i < count; i++) {
        pods.namespaces.add(pods.opened.push(pods.start(own)));
      }
      return pods;
    } catch (RuntimeException e) {
      pods.close();
      throw e;
    }
  }

  private NetworkNamespace start(NetworkNamespace own) {
    try {
      Process process = new ProcessBuilder("unshare", "--net", "sleep", "infinity").start();
      opened.push(() -> process.destroyForcibly().waitFor());
      int pid = Math.toIntExact(process.pid());
      Await.until("process " + pid + " has a namespace", READY, () -> hasLeft(own, pid));
      return NetworkNamespace.ofPid(pid);
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot run unshare, of util-linux: " + e.getMessage(), e);
    }
  }

  private static boolean hasLeft(NetworkNamespace own, int pid) {
    try (NetworkNamespace now = NetworkNamespace.ofPid(pid)) {
      return !now.sameAs(own);
    }
  }

  /** The network namespaces, open until this is closed. */
  List<NetworkNamespace> namespaces() {
    return List.copyOf(namespaces);
  }

  @Override
  public void close() {
    opened.close();
  }
}
