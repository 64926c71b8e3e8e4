package io.patchbay.bench;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.cli.Measurement;
import io.patchbay.cli.demo.World;
import io.patchbay.hwsim.kubelet.Manifest;
import io.patchbay.hwsim.node.Host;
import io.patchbay.hwsim.node.PodStatus;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.node.Words;
import io.patchbay.hwsim.rack.Rack;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.mesh.identity.WorkloadApi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/**
 * Request and Close of a local kernel vWire, each beside its floor: every turn does the floor and
 * then the same through nsmgr, forwarder and endpoint, which are processes of their own.
 */
final class KernelWires {
  private static final Duration READY = Duration.ofSeconds(30);
  private static final int PODS = 64;
  private static final int SEQUENTIAL = 100;
  private static final int ROUNDS = 5;

  /**
   * Daemons run code that is compiled at its 200th call, and most of a hop is called once a
   * request: before that the figures tell of the interpreter.
   */
  private static final int WARM_UP_ROUNDS = 20;

  private static final int WARM_UP_TURNS = 20;

  /** The most that a request may be of the kernel's own work. */
  private static final double TARGET = 3.0;

  private final Time time;
  private final List<NetworkNamespace> pods;
  private final List<NetlinkFloor> floors = new ArrayList<>();
  private final WireClient client;
  private final Timings sequential;
  private final Timings concurrent;

  /** What is done, and how long it takes. */
  private record Timings(Samples make, Samples remove, Samples request, Samples close) {
    Timings(Time time) {
      this(new Samples(time), new Samples(time), new Samples(time), new Samples(time));
    }

    void clear() {
      List.of(make, remove, request, close).forEach(Samples::clear);
    }
  }

  private KernelWires(Stack opened, Rack rack, Time time) {
    this.time = time;
    this.sequential = new Timings(time);
    this.concurrent = new Timings(time);
    Host node = rack.cluster().node("node-1").host();
    Url manager = new Url("unix", node.meshFolder().resolve("nsm.io.sock").toString());
    Url agent = new Url("unix", node.meshFolder().resolve("agent.sock").toString());
    WorkloadApi api = opened.push(WorkloadApi.open(agent, WorkloadApi.PATIENCE, time));
    this.client =
        opened.push(new WireClient(manager, "measured", Optional.of(api.identities()), time));
    this.pods = opened.push(ClientPods.start(PODS)).namespaces();
    int endpoint = startEndpoint(rack);
    for (int i = 0; i < PODS; i++) {
      floors.add(opened.push(new NetlinkFloor(i, pods.get(i), endpoint)));
    }
  }

  /** Builds the node, measures, and takes it away. */
  static List<Measurement> measure(Path folder, Time time) {
    String text = Resources.text("one-node.yaml");
    try (Stack opened = new Stack()) {
      Files.writeString(folder.resolve("identity.yaml"), Resources.text("identity.yaml"));
      Rack rack =
          opened.push(
              Rack.build(
                  RackDescription.parse("one-node.yaml", text),
                  folder,
                  new Words(Map.of("PATCHBAY", World.self()))));
      rack.startDaemons();
      KernelWires wires = new KernelWires(opened, rack, time);
      wires.awaitFirst();
      wires.allAtOnce(WARM_UP_ROUNDS);
      wires.oneByOne(WARM_UP_TURNS);
      wires.clear();
      wires.oneByOne(SEQUENTIAL);
      wires.allAtOnce(ROUNDS);
      return wires.results();
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, folder + ": " + Failure.text(e), e);
    }
  }

  private static int startEndpoint(Rack rack) {
    rack.cluster().apply(Manifest.parse("endpoint.yaml", Resources.text("endpoint.yaml")));
    PodStatus running =
        rack.cluster()
            .await(
                "endpoint",
                READY,
                status -> status.phase() == PodStatus.Phase.RUNNING && !status.pids().isEmpty());
    return Math.toIntExact(running.pids().getFirst());
  }

  /** Until everything is up and registered, and has been used once. */
  private void awaitFirst() {
    Await.until(
        "a first vWire",
        READY,
        () -> {
          try {
            client.request("first", pods.getFirst());
            client.disconnect("first");
            return true;
          } catch (Failure e) {
            return false;
          }
        });
  }

  private void oneByOne(int turns) {
    for (int turn = 0; turn < turns; turn++) {
      int pod = turn % PODS;
      String id = UUID.randomUUID().toString();
      sequential.make().time(() -> floors.get(pod).make());
      sequential.remove().time(() -> floors.get(pod).remove());
      sequential.request().time(() -> client.request(id, pods.get(pod)));
      sequential.close().time(() -> client.disconnect(id));
    }
  }

  private void allAtOnce(int rounds) {
    for (int round = 0; round < rounds; round++) {
      String id = UUID.randomUUID().toString();
      each(pod -> concurrent.make().time(() -> floors.get(pod).make()));
      each(pod -> concurrent.remove().time(() -> floors.get(pod).remove()));
      each(pod -> concurrent.request().time(() -> client.request(id + pod, pods.get(pod))));
      each(pod -> concurrent.close().time(() -> client.disconnect(id + pod)));
    }
  }

  private void clear() {
    sequential.clear();
    concurrent.clear();
  }

  private static void each(IntConsumer task) {
    List<Future<?>> running = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int pod = 0; pod < PODS; pod++) {
        int number = pod;
        running.add(threads.submit(() -> task.accept(number)));
      }
    }
    running.forEach(KernelWires::check);
  }

  private static void check(Future<?> ended) {
    try {
      ended.get();
    } catch (ExecutionException e) {
      throw new Failure(Failure.Kind.INTERNAL, Failure.text(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted", e);
    }
  }

  private List<Measurement> results() {
    List<Measurement> results = new ArrayList<>();
    results.add(
        Measurement.of("Request p50", sequential.request().p50(), "ms")
            .atMost(TARGET, "making it by netlink", sequential.make().p50()));
    results.add(
        Measurement.of("Request p99", sequential.request().p99(), "ms")
            .against("making it by netlink", sequential.make().p99()));
    results.add(
        Measurement.of("Close p50", sequential.close().p50(), "ms")
            .against("removing it by netlink", sequential.remove().p50()));
    results.add(
        Measurement.of("Close p99", sequential.close().p99(), "ms")
            .against("removing it by netlink", sequential.remove().p99()));
    String suffix = ", " + PODS + " at once";
    results.add(
        Measurement.of("Request p50" + suffix, concurrent.request().p50(), "ms")
            .against("making it by netlink", concurrent.make().p50()));
    results.add(
        Measurement.of("Request p99" + suffix, concurrent.request().p99(), "ms")
            .against("making it by netlink", concurrent.make().p99()));
    results.add(
        Measurement.of("Close p50" + suffix, concurrent.close().p50(), "ms")
            .against("removing it by netlink", concurrent.remove().p50()));
    results.add(
        Measurement.of("Close p99" + suffix, concurrent.close().p99(), "ms")
            .against("removing it by netlink", concurrent.remove().p99()));
    return results;
  }
}
