package io.patchbay.cli.demo;

import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.hwsim.kubelet.Manifest;
import io.patchbay.hwsim.node.DaemonDescription;
import io.patchbay.hwsim.node.HostDescription;
import io.patchbay.hwsim.node.NodeDescription;
import io.patchbay.hwsim.node.PfDescription;
import io.patchbay.hwsim.node.RackDescription;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Which part of a rack plays which role in the demonstration. A rack that lacks one is refused
 * before anything of it is built. Immutable.
 *
 * @param first the node that has {@link #FAST}
 * @param second the node that has {@link #SLOW}
 * @param lost the switch of an MLAG pair that is lost, and that nobody needs but for the pair
 * @param fabric the machine on which the shim runs
 * @param shimPort where it serves there
 */
record Layout(
    RackDescription description,
    String first,
    String second,
    String lost,
    String fabric,
    int shimPort) {
  /** What cnf-1 and cnf-3 ask for. */
  static final String FAST = "example.com/100g";

  /** Another name for the same VFs. */
  static final String ALIAS = "lab.example.org/100g";

  /** What cnf-2 asks for. */
  static final String SLOW = "example.com/10g";

  /** The service of cnf-1, then that of cnf-2 and cnf-3. */
  static final List<String> SERVICES = List.of("myns", "other");

  private static final List<String> IMAGES =
      List.of("patchbay/cnf", "patchbay/nsc", "patchbay/icmp-responder");
  private static final List<String> PODS =
      List.of("cnf-1", "cnf-2", "cnf-3", "cnf-lost", "app-1", "gateway-1");
  private static final String MANAGER = "sriov-manager";
  private static final String SHIM = "tor-shim";

  /**
   * Finds the roles in a rack file. Throws {@link Failure} of kind INVALID naming the file and what
   * is missing in it, or what {@link RackDescription#readFile} throws.
   */
  static Layout readFile(Path rackFile) {
    RackDescription rack = RackDescription.readFile(rackFile);
    try {
      String first = only(rack, FAST);
      require(names(rack, first).containsKey(ALIAS), "that " + first + " has " + ALIAS + " too");
      String second = only(rack, SLOW);
      HostDescription fabric =
          rack.hosts().stream()
              .filter(host -> daemon(host, SHIM).isPresent())
              .findFirst()
              .orElseThrow(() -> missing("a host with a daemon '" + SHIM + "'"));
      checkNodes(rack);
      checkOutside(rack);
      checkPods(rack, rackFile);
      return new Layout(rack, first, second, lost(rack, first), fabric.name(), port(fabric));
    } catch (Failure e) {
      throw new Failure(e.kind(), rackFile + ": " + Failure.text(e), e);
    }
  }

  /** The one node that has two VFs or more of a name. */
  private static String only(RackDescription rack, String resource) {
    Map<String, Integer> found = new TreeMap<>();
    rack.nodes()
        .forEach(
            node -> found.put(node.name(), names(rack, node.name()).getOrDefault(resource, 0)));
    found.values().removeIf(vfs -> vfs == 0);
    require(
        found.size() == 1 && found.values().stream().allMatch(vfs -> vfs > 1),
        "exactly one node with " + resource + ", at least 2 VFs; there are " + found);
    return found.keySet().iterator().next();
  }

  /** How many VFs a node has of one name. */
  int vfs(String node, String resource) {
    return names(description, node).getOrDefault(resource, 0);
  }

  /** How many VFs a node has of each name: each VF counts under each of its names. */
  static Map<String, Integer> names(RackDescription rack, String name) {
    Map<String, Integer> names = new TreeMap<>();
    for (NodeDescription node : rack.nodes()) {
      for (PfDescription nic : node.name().equals(name) ? node.nics() : List.<PfDescription>of()) {
        for (String domain : nic.physicalFunction().serviceDomains()) {
          nic.physicalFunction()
              .capabilities()
              .forEach(each -> names.merge(domain + "/" + each, nic.vfs(), Integer::sum));
        }
      }
    }
    return names;
  }

  private static void checkNodes(RackDescription rack) {
    for (NodeDescription node : rack.nodes()) {
      require(
          daemon(node.host(), MANAGER).isPresent(),
          "a daemon '" + MANAGER + "' on node " + node.name());
      for (PfDescription nic : node.nics()) {
        require(
            rack.cables().stream()
                .anyMatch(cable -> cable.node().equals(node.name()) && cable.pf().equals(nic.pf())),
            "a cable at " + node.name() + "/" + nic.pf());
      }
    }
  }

  private static void checkOutside(RackDescription rack) {
    List<String> services = rack.gateways().stream().map(RackDescription.Gateway::service).toList();
    for (String service : SERVICES) {
      require(
          services.contains(service),
          "a gateway that is service '" + service + "'; there are " + services);
    }
    for (String image : IMAGES) {
      require(
          rack.images().containsKey(image),
          "a command for image '" + image + "'; there are " + rack.images().keySet());
    }
  }

  /** The pods are applied much later, and would wait there for a node that never comes. */
  private static void checkPods(RackDescription rack, Path rackFile) {
    List<String> nodes = rack.nodes().stream().map(NodeDescription::name).toList();
    for (String name : PODS) {
      String node = Manifest.readFile(rackFile.resolveSibling(name + ".yaml")).nodeName();
      require(
          node.isEmpty() || nodes.contains(node),
          "a node '" + node + "', which " + name + ".yaml asks for; there are " + nodes);
    }
  }

  /** The second switch of the first node's NIC, on which nothing hangs that has no other. */
  private static String lost(RackDescription rack, String first) {
    String lost =
        rack.cables().stream()
            .filter(cable -> cable.node().equals(first))
            .flatMap(cable -> cable.ends().stream().skip(1))
            .map(RackDescription.SwitchPort::switchName)
            .findFirst()
            .orElseThrow(() -> missing("a cable of " + first + " with a pair"));
    Stream.concat(
            rack.cables().stream().map(RackDescription.Cable::ends),
            rack.gateways().stream().map(RackDescription.Gateway::ends))
        .forEach(ends ->
            require(
                ends.stream().anyMatch(end -> !end.switchName().equals(lost)),
                "that what is plugged into " + lost + " has another switch too: " + ends));
    return lost;
  }

  private static Optional<DaemonDescription> daemon(HostDescription host, String name) {
    return host.daemons().stream().filter(daemon -> daemon.name().equals(name)).findFirst();
  }

  private static int port(HostDescription fabric) {
    String listen = daemon(fabric, SHIM).orElseThrow().env().getOrDefault("NSM_LISTEN_ON", "");
    require(
        listen.startsWith("tcp://"), "a tcp:// address in NSM_LISTEN_ON of daemon '" + SHIM + "'");
    return Url.parse(listen.replace("${ADDRESS}", fabric.address())).port();
  }

  private static void require(boolean there, String what) {
    if (!there) {
      throw missing(what);
    }
  }

  private static Failure missing(String what) {
    return new Failure(Failure.Kind.INVALID, "the demonstration needs " + what);
  }
}
