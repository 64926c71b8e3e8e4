package io.patchbay.hwsim.node;

import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.kubelet.Kubelet;
import io.patchbay.hwsim.kubelet.PodSpec;
import io.patchbay.hwsim.kubelet.Scheduler;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A host with a kubelet: daemons and pods run on it. NSM's {@code sriov.config} lies in its mesh
 * folder from the start. Closing ends pods, kubelet, daemons, namespaces, in this order. Safe for
 * all threads.
 */
public final class Node implements AutoCloseable {
  private final NodeDescription description;
  private final Stack opened;
  private final Host host;
  private final Kubelet kubelet;
  private final PodRuntime pods;

  private Node(
      NodeDescription description, Host host, Map<String, List<String>> images, Stack opened) {
    this.description = description;
    this.opened = opened;
    this.host = host;
    Images known = new Images(images, host.words());
    this.pods =
        new PodRuntime(
            new PodLife.Surroundings(host, () -> kubelet().devices(), known, Time.system()));
    this.kubelet =
        opened.push(
            Kubelet.start(
                new Kubelet.Settings(host.kubeletFolder(), Kubelet.Authority.LOCALHOST),
                pods,
                Time.system()));
    opened.push(pods);
  }

  /**
   * Sets a node up, its kubelet running, its daemons not yet; {@code images} are those of the rack
   * file. Throws {@link Failure} of kind UNAVAILABLE with what the machine underneath refused.
   */
  public static Node start(
      NodeDescription description, Map<String, List<String>> images, Host.Site site) {
    Stack opened = new Stack();
    try {
      Host host = opened.push(Host.start(description.host(), site));
      Files.writeString(host.meshFolder().resolve("sriov.config"), description.sriovConfig());
      return new Node(description, host, images, opened);
    } catch (IOException e) {
      opened.close();
      throw new Failure(
          Failure.Kind.UNAVAILABLE, description.name() + ": sriov.config: " + Failure.text(e), e);
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /** The node's name. */
  public String name() {
    return description.name();
  }

  /** What the rack file says of it. */
  public NodeDescription description() {
    return description;
  }

  /** Its namespaces, folders and daemons. */
  public Host host() {
    return host;
  }

  /** Its kubelet, which can be restarted. */
  public Kubelet kubelet() {
    return kubelet;
  }

  /** Its pods. */
  PodRuntime pods() {
    return pods;
  }

  /** How the scheduler sees it, with the pods that are bound to it. */
  Scheduler.Candidate candidate(List<PodSpec> bound) {
    Map<String, Integer> requested = new TreeMap<>();
    bound.forEach(
        pod -> pod.requests().forEach((name, count) -> requested.merge(name, count, Integer::sum)));
    return new Scheduler.Candidate(
        name(), description.labels(), kubelet.devices().allocatable(), requested);
  }

  @Override
  public void close() {
    opened.close();
  }
}
