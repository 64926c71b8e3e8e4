package io.patchbay.hwsim.node;

import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.kubelet.ContainerSpec;
import io.patchbay.hwsim.kubelet.NodeDevices;
import io.patchbay.hwsim.kubelet.Pod;
import io.patchbay.hwsim.kubelet.PodSpec.RestartPolicy;
import io.patchbay.hwsim.node.ContainerStatus.State;
import io.patchbay.hwsim.node.PodStatus.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pod on its node, from admission to removal. A virtual thread of its own leads it through: the
 * devices of all containers, a network namespace, the init containers one after the other, then the
 * containers, each watched by a virtual thread. {@link #stop} ends it wherever it is. What others
 * may ask at any time is answered without waiting.
 */
final class PodLife {
  /** What containers get to say goodbye. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private static final Duration THREAD_END = Duration.ofSeconds(20);
  private static final Logger log = LoggerFactory.getLogger(PodLife.class);

  /** What a pod needs of its node. */
  record Surroundings(Host host, Supplier<NodeDevices> devices, Images images, Time time) {}

  /** What became of it, once that is final. */
  private record End(Phase phase, String reason, String message) {}

  private final Pod pod;
  private final Surroundings node;
  private final ContainerStart starter;
  private final List<ContainerRun> inits;
  private final List<ContainerRun> containers;
  private final List<Thread> watchers = new ArrayList<>();
  private final Thread leader;

  private final AtomicInteger executions = new AtomicInteger();

  private volatile Optional<Enclosure> sandbox = Optional.empty();
  private volatile Optional<End> end = Optional.empty();

  PodLife(Pod pod, Surroundings node) {
    this.pod = pod;
    this.node = node;
    this.starter = new ContainerStart(pod, node, this::sandbox);
    this.inits = runs(pod.spec().initContainers());
    this.containers = runs(pod.spec().containers());
    this.leader = Thread.ofVirtual().name("pod " + pod).unstarted(this::lead);
  }

  private List<ContainerRun> runs(List<ContainerSpec> specs) {
    return specs.stream().map(spec -> new ContainerRun(spec, starter, node.time())).toList();
  }

  Pod pod() {
    return pod;
  }

  void begin() {
    leader.start();
  }

  private void lead() {
    try {
      ending().ifPresent(this::finish);
    } catch (InterruptedException e) {
      log.debug("pod {} is told to stop", pod, e);
    } catch (Failure e) {
      log.warn("pod {} does not let go: {}", pod, Failure.text(e), e);
    }
  }

  /** Lives; empty while something of it would still run if it were not for the end of this. */
  private Optional<End> ending() throws InterruptedException {
    try {
      node.devices().get().admit(pod);
    } catch (Failure e) {
      return Optional.of(
          new End(Phase.FAILED, NodeDevices.UNEXPECTED_ADMISSION_ERROR, Failure.text(e)));
    }
    try {
      openSandbox();
    } catch (Failure e) {
      return Optional.of(new End(Phase.FAILED, "FailedCreatePodSandBox", Failure.text(e)));
    }
    for (ContainerRun init : inits) {
      if (init.spec().sidecar()) {
        watch(init, RestartPolicy.ALWAYS);
      } else if (!init.supervise(initPolicy())) {
        return Optional.of(failed("Init:Error", init));
      }
    }
    int before = watchers.size();
    containers.forEach(container -> watch(container, pod.spec().restartPolicy()));
    for (Thread watcher : watchers.subList(before, watchers.size())) {
      watcher.join();
    }
    return Optional.of(
        containers.stream()
            .filter(PodLife::endedBadly)
            .findFirst()
            .map(container -> failed("Error", container))
            .orElse(new End(Phase.SUCCEEDED, "Completed", "")));
  }

  /** An init container that has done its work is never started again. */
  private RestartPolicy initPolicy() {
    return pod.spec().restartPolicy() == RestartPolicy.NEVER
        ? RestartPolicy.NEVER
        : RestartPolicy.ON_FAILURE;
  }

  private void watch(ContainerRun run, RestartPolicy policy) {
    Runnable watching =
        () -> {
          try {
            run.supervise(policy);
          } catch (InterruptedException e) {
            log.debug("{}/{} is told to stop", pod, run.spec().name(), e);
          }
        };
    watchers.add(Thread.ofVirtual().name(pod + "/" + run.spec().name()).start(watching));
  }

  private static boolean endedBadly(ContainerRun run) {
    return run.status().state() instanceof State.Terminated ended && ended.exitStatus() != 0;
  }

  private static End failed(String reason, ContainerRun run) {
    String message =
        run.status().state() instanceof State.Terminated ended ? ContainerRun.describe(ended) : "";
    return new End(Phase.FAILED, reason, run.spec().name() + ": " + message);
  }

  private void openSandbox() {
    List<String> pause = List.of("unshare", "--net", "sh", "-c", Enclosure.KEEP);
    Enclosure opened =
        Enclosure.start(
            "pod " + pod, node.host().enclosure().entering(pause), starter.log("sandbox"));
    sandbox = Optional.of(opened);
    tellNetwork(opened);
    ManagementNetwork.loopbackUp(opened.network());
  }

  private Enclosure sandbox() {
    return sandbox.orElseThrow(
        () -> new Failure(Failure.Kind.CONFLICT, "pod " + pod + " has no namespace yet"));
  }

  /** What a container of it has said since it was last started, its last 64 KiB. */
  String logs(String container) {
    return runs()
        .filter(run -> run.spec().name().equals(container))
        .map(ContainerRun::said)
        .findFirst()
        .orElse("");
  }

  private Stream<ContainerRun> runs() {
    return Stream.concat(inits.stream(), containers.stream());
  }

  /** Runs a command in the pod beside its containers, and waits for it. */
  Execution execute(List<String> command, Duration atMost) {
    Path output = starter.log("exec-" + executions.incrementAndGet());
    return Execution.of(sandbox().run(command, Map.of(), output), output, atMost);
  }

  /** Lets go of all it held, then says so. */
  private void finish(End reached) {
    tearDown();
    end = Optional.of(reached);
  }

  /** Whether it holds, or may come to hold, anything of its node. */
  boolean isActive() {
    return end.isEmpty();
  }

  PodStatus status() {
    List<ContainerStatus> all = runs().map(ContainerRun::status).toList();
    long inode = sandbox.map(opened -> opened.network().inode()).orElse(0L);
    Optional<End> reached = end;
    if (reached.isPresent()) {
      return status(reached.get(), 0, all);
    }
    Phase phase =
        containers.stream().allMatch(ContainerRun::hasRun) ? Phase.RUNNING : Phase.PENDING;
    return status(waiting(phase), inode, all);
  }

  private PodStatus status(End how, long inode, List<ContainerStatus> all) {
    return new PodStatus(how.phase(), how.reason(), how.message(), node.host().name(), inode, all);
  }

  /** The phase, and why the first container that waits does so. */
  private End waiting(Phase phase) {
    for (ContainerRun run : runs().toList()) {
      if (run.status().state() instanceof State.Waiting waiting && !waiting.message().isEmpty()) {
        String prefix = inits.contains(run) ? "Init:" : "";
        return new End(
            phase, prefix + waiting.reason(), run.spec().name() + ": " + waiting.message());
      }
    }
    return new End(phase, "", "");
  }

  /** Ends it: containers first, sidecars after them, then the namespace. Twice does nothing. */
  void stop() throws InterruptedException {
    leader.interrupt();
    if (!leader.join(THREAD_END)) {
      throw new Failure(Failure.Kind.TIMEOUT, "pod " + pod + " does not stop");
    }
    tearDown();
  }

  private void tearDown() {
    Stack steps = new Stack();
    steps.push(this::closeSandbox);
    steps.push(this::endWatchers);
    steps.push(() -> end(inits));
    steps.push(() -> end(containers));
    steps.close();
  }

  private void end(List<ContainerRun> runs) throws InterruptedException {
    runs.forEach(ContainerRun::signal);
    long deadline = node.time().nanos() + GRACE.toNanos();
    for (ContainerRun run : runs) {
      run.finish(deadline);
    }
  }

  private void endWatchers() throws InterruptedException {
    watchers.forEach(Thread::interrupt);
    for (Thread watcher : watchers) {
      watcher.join(THREAD_END);
    }
  }

  /** Before anything of it runs: who asks from that namespace is this pod, whatever it says. */
  private void tellNetwork(Enclosure opened) {
    Path file = networkFile();
    try {
      Files.writeString(file, "net:[" + opened.network().inode() + "]\n");
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, file + ": " + Failure.text(e), e);
    }
  }

  private Path networkFile() {
    return node.host().podNetworks().resolve(pod.namespace() + "_" + pod.name());
  }

  private void closeSandbox() throws IOException {
    if (sandbox.isPresent()) {
      Files.deleteIfExists(networkFile());
    }
    sandbox.ifPresent(Enclosure::close);
  }
}
