package io.patchbay.sriovmanager;

import io.patchbay.linux.PciFunction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What containers may be given of the node's {@code /dev} beside the nodes of vfio-pci.
 *
 * @param folder {@code /dev} of the node, as this process sees it
 */
record NodeDevices(Path folder) {
  /** What a container's virtio port is connected by: both of them, or neither is of use. */
  static final List<String> VHOST_NET = List.of("/dev/vhost-net", "/dev/net/tun");

  private static final String DEV = "/dev/";
  private static final String RDMA = DEV + "infiniband/";
  private static final String VERBS = "uverbs";

  /** By which connections are made, whichever the RDMA device; a module of its own has it. */
  private static final String CONNECTIONS = RDMA + "rdma_cm";

  /** Whether the node has what vhost-net needs. */
  boolean hasVhostNet() {
    return VHOST_NET.stream().allMatch(this::exists);
  }

  /**
   * The nodes by which a container uses the RDMA devices of a function; none while the one is
   * missing without which it could not. What is not there is left out: a container that was given
   * it would not start.
   */
  List<String> rdma(PciFunction.Rdma found) {
    if (found.nodes().stream().noneMatch(name -> name.startsWith(VERBS) && exists(RDMA + name))) {
      return List.of();
    }
    return Stream.concat(found.nodes().stream().map(name -> RDMA + name), Stream.of(CONNECTIONS))
        .filter(this::exists)
        .toList();
  }

  static boolean isRdma(String node) {
    return node.startsWith(RDMA);
  }

  private boolean exists(String node) {
    return Files.exists(folder.resolve(node.substring(DEV.length())));
  }
}
