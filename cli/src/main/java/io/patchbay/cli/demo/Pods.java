package io.patchbay.cli.demo;

import com.fasterxml.jackson.databind.JsonNode;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.hwsim.kubelet.Manifest;
import io.patchbay.hwsim.kubelet.PodSpec;
import io.patchbay.hwsim.node.Cluster;
import io.patchbay.hwsim.node.ContainerStatus;
import io.patchbay.hwsim.node.ContainerStatus.State;
import io.patchbay.hwsim.node.Execution;
import io.patchbay.hwsim.node.PodStatus;
import io.patchbay.linux.Addresses;
import io.patchbay.linux.Link;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.workloads.Injection;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The demonstration's pods: applied as users would, by manifest, and looked at from outside. */
final class Pods {
  private static final Duration WIRED = Duration.ofSeconds(40);
  private static final Duration STARTED = Duration.ofSeconds(20);
  private static final Duration SIGNAL = Duration.ofSeconds(5);
  private static final String CLIENT = "nsc";

  /** How a client begins to tell of a connection. */
  private static final String CONNECTED = "connected ";

  private static final int GLOBAL = 0; // RT_SCOPE_UNIVERSE of linux/rtnetlink.h

  private final Cluster cluster;
  private final Path rackFile;
  private final Injection injection;

  Pods(Cluster cluster, Path rackFile, Injection injection) {
    this.cluster = cluster;
    this.rackFile = rackFile;
    this.injection = injection;
  }

  /**
   * Applies one of the manifests beside the rack file, with a client put in as the webhook would.
   */
  void applyExample(String name) {
    Path file = rackFile.resolveSibling(name + ".yaml");
    cluster.apply(Json.interpretFile(file, JsonNode.class, this::injected));
  }

  /** Applies a manifest given as text. */
  void applyText(String name, String yaml) {
    cluster.apply(Json.interpretYaml(name, yaml, JsonNode.class, this::injected));
  }

  private PodSpec injected(JsonNode manifest) {
    return Manifest.read(injection.inject(manifest));
  }

  /** Deletes a pod and waits until it is gone. */
  void delete(String name) {
    cluster.delete(name);
  }

  PodStatus status(String name) {
    return cluster.status(name);
  }

  /** Waits until all containers of the pod run. */
  PodStatus awaitRunning(String name) {
    await(name, "runs", STARTED, () -> status(name).phase() == PodStatus.Phase.RUNNING);
    return status(name);
  }

  /**
   * Waits until the pod's client says that it is connected, and the interface is there with an
   * address; gives the address back. An interface alone is no word: a request that takes too long
   * is undone, and asked again.
   */
  String awaitWire(String name, String interfaceName) {
    awaitRunning(name);
    await(name, "is connected", WIRED, () -> cluster.logs(name, CLIENT).contains(CONNECTED));
    await(name, "has " + interfaceName, WIRED, () -> address(name, interfaceName).isPresent());
    return address(name, interfaceName).orElseThrow();
  }

  private void await(
      String name, String what, Duration atMost, java.util.function.BooleanSupplier holds) {
    boolean came =
        Await.comesTrue(atMost, () -> holds.getAsBoolean() || status(name).phase().isFinal());
    if (!came || !holds.getAsBoolean()) {
      throw new Failure(
          Failure.Kind.INTERNAL, "wanted that pod " + name + " " + what + ", saw " + told(name));
    }
  }

  /** The pod's status with what its containers last said. */
  String told(String name) {
    PodStatus status = status(name);
    StringBuilder text =
        new StringBuilder(status.phase() + " " + status.reason() + " " + status.message());
    for (ContainerStatus container : status.containers()) {
      text.append("; ").append(container.name()).append(": ").append(container.state());
    }
    return text.toString().strip();
  }

  /** Sends a signal, such as STOP, to the client that keeps a pod's connections. */
  void signalClient(String name, String signal) {
    if (!(status(name).container(CLIENT).state() instanceof State.Running running)) {
      throw new Failure(
          Failure.Kind.CONFLICT, "the client of " + name + " does not run: " + told(name));
    }
    List<String> command = List.of("kill", "-" + signal, Long.toString(running.pid()));
    Execution kill = cluster.execute(name, List.of("sh", "-c", String.join(" ", command)), SIGNAL);
    See.equal(0, kill.exitStatus(), String.join(" ", command) + " gave");
  }

  /** How the client of a pod ended, if it did. */
  Optional<State.Terminated> clientEnded(String name) {
    return status(name).containers().stream()
        .filter(container -> container.name().startsWith(CLIENT))
        .map(ContainerStatus::state)
        .filter(State.Terminated.class::isInstance)
        .map(State.Terminated.class::cast)
        .findFirst();
  }

  /** The pod's network namespace, as long as it runs. */
  NetworkNamespace network(String name) {
    List<Long> pids = status(name).pids();
    if (pids.isEmpty()) {
      throw new Failure(Failure.Kind.NOT_FOUND, "pod " + name + " has no process: " + told(name));
    }
    return NetworkNamespace.ofPid(Math.toIntExact(pids.getFirst()));
  }

  /** The device ids that the pod was given, of whatever resource. */
  List<String> devices(String name) {
    return status(name).containers().stream()
        .flatMap(container -> container.devices().values().stream())
        .flatMap(List::stream)
        .sorted()
        .toList();
  }

  /** Waits for the address of an endpoint pod's only interface to a client. */
  String awaitEndpoint(String name) {
    await(name, "has an interface to its client", WIRED, () -> endpoint(name).isPresent());
    return endpoint(name).orElseThrow();
  }

  private Optional<String> endpoint(String name) {
    try (NetworkNamespace network = network(name)) {
      return network.links().list().stream()
          .filter(link -> link.kind().equals("veth"))
          .flatMap(link -> address(network, link).stream())
          .findFirst();
    }
  }

  private Optional<String> address(String name, String interfaceName) {
    if (status(name).pids().isEmpty()) {
      return Optional.empty();
    }
    try (NetworkNamespace network = network(name)) {
      return network
          .links()
          .find(interfaceName)
          .filter(Link::up)
          .flatMap(link -> address(network, link));
    }
  }

  private static Optional<String> address(NetworkNamespace network, Link link) {
    return network.links().addresses().list(link.index()).stream()
        .filter(address -> address.scope() == GLOBAL)
        .map(Addresses.Assigned::prefix)
        .map(prefix -> prefix.address().getHostAddress())
        .findFirst();
  }
}
