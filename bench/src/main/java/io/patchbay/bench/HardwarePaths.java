package io.patchbay.bench;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.cli.Measurement;
import io.patchbay.cli.demo.World;
import io.patchbay.hwsim.node.Node;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.node.Words;
import io.patchbay.hwsim.rack.Rack;
import io.patchbay.identity.AuthorityFile;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.Ping;
import io.patchbay.mesh.identity.Authority;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.identity.SpiffeId;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * From the kubelet's Allocate to a container's first ping over a VF and a switch port, in the
 * demonstration's rack. The benchmark is the kubelet and the client, so that the start of a
 * container is not in it; between them are the product's daemons, each a process of its own. Every
 * turn does the floor first: the same by direct calls.
 */
final class HardwarePaths {
  private static final Duration READY = Duration.ofMinutes(3);
  private static final Duration PING = Duration.ofSeconds(2);
  private static final Duration LIFETIME = Duration.ofHours(1);
  private static final String NODE = "node-1";
  private static final String RESOURCE = "example.com/100g";
  private static final String SERVICE = "myns";
  private static final String TRUST_DOMAIN = "k8s.nsm";

  /** Any pod: the token of its VF is what lets it have that. */
  private static final SpiffeId CLIENT =
      new SpiffeId(TRUST_DOMAIN, "/ns/default/pod/measured-client");

  private static final int WARM_UP = 60;
  private static final int TURNS = 50;

  /** How many VFs take part in turn; the floor has the last one of the NIC. */
  private static final int VFS = 8;

  private final Time time;
  private final Rack rack;
  private final WireClient client;
  private final KubeletSide kubelet;
  private final HardwareFloor floor;
  private final NetworkNamespace pod;
  private final InetAddress gateway;
  private final PathTimes times;

  private HardwarePaths(Stack opened, Rack rack, Path folder, Time time) {
    this.time = time;
    this.rack = rack;
    this.times = new PathTimes(time);
    Node node = rack.cluster().node(NODE);
    Await.until(
        "the VFs of " + NODE + " are allocatable",
        READY,
        () -> node.kubelet().devices().allocatable().getOrDefault(RESOURCE, 0) > VFS);
    Url manager = new Url("unix", node.host().meshFolder().resolve("nsm.io.sock").toString());
    this.client =
        opened.push(
            new WireClient(
                manager, SERVICE + "@example.com", Optional.of(identities(folder, time)), time));
    this.kubelet = opened.push(new KubeletSide(node.host(), RESOURCE));
    this.pod = opened.push(ClientPods.start(1)).namespaces().getFirst();
    this.gateway = IpPrefix.literal(rack.gateway(SERVICE).address());
    this.floor = opened.push(new HardwareFloor(rack, NODE, folder, pod, time));
  }

  /** The rack's authority signs for the pod, as it would if the pod asked its node. */
  private static Identities identities(Path folder, Time time) {
    Authority authority =
        new AuthorityFile(folder.resolve("authority.pem")).open(TRUST_DOMAIN, time);
    return new Identities(authority.issue(CLIENT, LIFETIME, time), authority.bundles());
  }

  /** Builds the rack, measures, and takes it away. */
  static List<Measurement> measure(Path folder, Time time) {
    Path examples = Path.of(System.getProperty("patchbay.home", "."), "manifests", "examples");
    Words words =
        new Words(
            Map.of(
                "PATCHBAY", traced(World.self()),
                "BREAK", List.of(""),
                "EXAMPLES", List.of(examples.toAbsolutePath().toString())));
    RackDescription description =
        HardwareFloor.withItsPort(RackDescription.readFile(examples.resolve("rack.yaml")));
    try (Stack opened = new Stack()) {
      Rack rack = opened.push(Rack.build(description, folder, words));
      rack.startDaemons();
      HardwarePaths paths = new HardwarePaths(opened, rack, folder, time);
      paths.awaitFirst();
      paths.oneByOne();
      return paths.results();
    }
  }

  /** The daemons' own account of how long each link took is on the level DEBUG. */
  private static List<String> traced(List<String> command) {
    List<String> traced = new ArrayList<>(command);
    traced.add(1, "-Dpatchbay.log.level=DEBUG");
    return traced;
  }

  /** Until everything is up and registered, and has been used once. */
  private void awaitFirst() {
    Failure[] last = new Failure[1];
    boolean came =
        Await.comesTrue(
            READY,
            () -> {
              try {
                turn(0);
                return true;
              } catch (Failure e) {
                last[0] = e;
                return false;
              }
            });
    if (!came) {
      throw last[0];
    }
  }

  private void oneByOne() {
    for (int turn = -WARM_UP; turn < TURNS; turn++) {
      if (turn == 0) {
        floor.clear();
        times.clear();
      }
      floor.run();
      turn(Math.floorMod(turn, VFS));
    }
  }

  private void turn(int number) {
    String vf = rack.nics(NODE).snapshot().getFirst().vfs().get(number).address().toString();
    String id = UUID.randomUUID().toString();
    try {
      long start = time.nanos();
      String token = kubelet.allocate(vf);
      long allocated = time.nanos();
      Connection agreed = client.request(id, pod, Optional.of(token));
      long connected = time.nanos();
      pingOnce();
      long reached = time.nanos();
      pingOnce();
      long again = time.nanos();
      times.add(
          new PathTimes.Turn(
              allocated - start, connected - allocated, reached - connected, again - reached),
          agreed.getPath());
    } finally {
      times.close(() -> client.disconnect(id));
      kubelet.release(vf);
    }
  }

  private void pingOnce() {
    Ping.Plan once = new Ping.Plan(Optional.empty(), gateway, 1, Duration.ZERO, PING);
    if (Ping.run(pod, once).received() != 1) {
      throw new Failure(Failure.Kind.INTERNAL, "no answer from " + gateway + ", a fresh wire");
    }
  }

  private List<Measurement> results() {
    return times.results(
        floor,
        PathTimes.Traces.read(
            rack.cluster().node(NODE).host().daemon("nsmgr").log(),
            rack.cluster().node(NODE).host().daemon("sriov-manager").log(),
            rack.host("fabric").daemon("tor-shim").log()));
  }
}
