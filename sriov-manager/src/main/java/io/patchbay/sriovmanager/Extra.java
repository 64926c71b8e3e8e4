package io.patchbay.sriovmanager;

import io.patchbay.sriovmanager.Inventory.Features;
import java.util.List;
import java.util.Set;

/** What a container can be given beside a VF, when the config says so. */
enum Extra {
  /** The device nodes of the VF's RDMA devices. */
  RDMA {
    @Override
    String missing(Features vf) {
      if (vf.rdma().isEmpty()) {
        return "has no RDMA device, which %s wants; is its driver's part for RDMA loaded, such as"
            + " mlx5_ib or irdma?";
      }
      return vf.rdmaNodes().isEmpty()
          ? "has an RDMA device, but the node has no /dev/infiniband/uverbs of it, which %s wants;"
              + " is ib_uverbs loaded, and PATCHBAY_DEV_PATH the node's /dev?"
          : "";
    }

    @Override
    List<String> nodes(Features vf) {
      return vf.rdmaNodes();
    }
  },
  /** What a virtio port is made of. */
  VHOST_NET {
    @Override
    String missing(Features vf) {
      return vf.vhostNet()
          ? ""
          : "cannot be given with /dev/vhost-net and /dev/net/tun, which %s wants: the node does"
              + " not have both; are vhost_net and tun loaded, and is PATCHBAY_DEV_PATH its"
              + " /dev?";
    }

    @Override
    List<String> nodes(Features vf) {
      return NodeDevices.VHOST_NET;
    }
  };

  /** Why it cannot be had with this VF, {@code %s} for who wants it; empty when it can. */
  abstract String missing(Features vf);

  /** The device nodes, as the node and the container call them. */
  abstract List<String> nodes(Features vf);

  /** Why a VF cannot be had with all of them; empty when it can. */
  static String problem(Set<Extra> wanted, String origin, Features vf) {
    return wanted.stream()
        .sorted()
        .map(extra -> extra.missing(vf))
        .filter(text -> !text.isEmpty())
        .findFirst()
        .map(text -> text.formatted(origin))
        .orElse("");
  }

  /** The device nodes of all of them. */
  static List<String> nodes(Set<Extra> wanted, Features vf) {
    return wanted.stream().sorted().flatMap(extra -> extra.nodes(vf).stream()).toList();
  }
}
