package io.patchbay.bench;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.cli.Measurement;
import io.patchbay.cli.demo.World;
import io.patchbay.hwsim.kubelet.Manifest;
import io.patchbay.hwsim.node.PodStatus;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.node.Words;
import io.patchbay.hwsim.rack.Rack;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.mesh.identity.Identities;
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

/**
 * Request of a local kernel vWire on two nodes in turns: on the first every process has an
 * identity, on the second none has. Each node has its own registry, and processes of its own
 * throughout.
 */
final class NamelessWires {
  private static final Duration READY = Duration.ofSeconds(60);
  private static final int PODS = 8;

  /** Code is compiled at its 200th call, and most of a hop is called once a request. */
  private static final int WARM_UP = 400;

  private static final int TURNS = 200;

  /** The most that identity may make of a request. */
  private static final double TARGET = 1.25;

  private final WireClient client;
  private final List<NetworkNamespace> pods;
  private final Samples requests;

  private NamelessWires(WireClient client, List<NetworkNamespace> pods, Time time) {
    this.client = client;
    this.pods = pods;
    this.requests = new Samples(time);
  }

  /** Builds both nodes, measures, and takes them away. */
  static List<Measurement> measure(Path folder, Time time) {
    try (Stack opened = new Stack()) {
      Files.writeString(folder.resolve("identity.yaml"), Resources.text("identity.yaml"));
      Rack rack = opened.push(rack(folder));
      rack.startDaemons();
      startEndpoint(rack, "1", "");
      startEndpoint(rack, "2", "-nameless");
      Url agent = socket(rack, "node-1", "agent.sock");
      WorkloadApi api = opened.push(WorkloadApi.open(agent, WorkloadApi.PATIENCE, time));
      NamelessWires known = on(rack, "node-1", Optional.of(api.identities()), opened, time);
      NamelessWires nameless = on(rack, "node-2", Optional.empty(), opened, time);
      List<NamelessWires> both = List.of(nameless, known);
      both.forEach(NamelessWires::awaitFirst);
      turns(both, WARM_UP);
      both.forEach(each -> each.requests.clear());
      turns(both, TURNS);
      return results(known.requests, nameless.requests);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, folder + ": " + Failure.text(e), e);
    }
  }

  private static Rack rack(Path folder) {
    List<String> nameless = new ArrayList<>(World.self());
    nameless.set(nameless.size() - 1, WithoutIdentity.class.getName());
    Words words = new Words(Map.of("PATCHBAY", World.self(), "NAMELESS", nameless));
    RackDescription description =
        RackDescription.parse("two-nodes.yaml", Resources.text("two-nodes.yaml"));
    return Rack.build(description, folder, words);
  }

  private static void startEndpoint(Rack rack, String node, String image) {
    String name = "endpoint-" + node;
    String manifest =
        Resources.text("endpoint.yaml")
            .replace("name: endpoint", "name: " + name)
            .replace("nodeName: node-1", "nodeName: node-" + node)
            .replace("patchbay/icmp-responder", "patchbay/icmp-responder" + image);
    rack.cluster().apply(Manifest.parse(name + ".yaml", manifest));
    var running =
        rack.cluster().await(name, READY, status -> status.phase() == PodStatus.Phase.RUNNING);
  }

  private static NamelessWires on(
      Rack rack, String node, Optional<Identities> identities, Stack opened, Time time) {
    Url manager = socket(rack, node, "nsm.io.sock");
    WireClient client = opened.push(new WireClient(manager, "measured", identities, time));
    return new NamelessWires(client, opened.push(ClientPods.start(PODS)).namespaces(), time);
  }

  private static Url socket(Rack rack, String node, String name) {
    return new Url("unix", rack.cluster().node(node).host().meshFolder().resolve(name).toString());
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

  private static void turns(List<NamelessWires> nodes, int turns) {
    for (int turn = 0; turn < turns; turn++) {
      for (NamelessWires node : nodes) {
        node.turn(turn);
      }
    }
  }

  private void turn(int number) {
    String id = UUID.randomUUID().toString();
    NetworkNamespace pod = pods.get(number % PODS);
    requests.time(() -> client.request(id, pod));
    client.disconnect(id);
  }

  private static List<Measurement> results(Samples with, Samples without) {
    String beside = "without identities";
    return List.of(
        Measurement.of("local vWire Request p50", with.p50(), "ms")
            .atMost(TARGET, beside, without.p50()),
        Measurement.of("local vWire Request p99", with.p99(), "ms").against(beside, without.p99()));
  }
}
