package io.patchbay.sriovmanager;

import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.linux.Eswitch;
import io.patchbay.linux.PciAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The NICs as the last look at each of them found them. Soft state: the next look replaces it.
 *
 * @param troubles by PF: why the last look found nothing out; what is told of it is older
 * @param faults by PF: what is wrong with its link, and so with all its VFs
 * @param misplaced by PF: why its cable is not where it should be
 * @param pending the PFs that are not yet as the config wants since it was changed
 * @param others the claimed VFs that none of these PFs has
 */
record Inventory(
    List<Physical> physicalFunctions,
    Map<PciAddress, String> troubles,
    Map<PciAddress, String> faults,
    Map<PciAddress, String> misplaced,
    Set<PciAddress> pending,
    Others others) {
  Inventory {
    physicalFunctions = List.copyOf(physicalFunctions);
    troubles = Map.copyOf(troubles);
    faults = Map.copyOf(faults);
    misplaced = Map.copyOf(misplaced);
    pending = Set.copyOf(pending);
  }

  /** One whose PFs are as the config wants. */
  Inventory(
      List<Physical> physicalFunctions,
      Map<PciAddress, String> troubles,
      Map<PciAddress, String> faults,
      Map<PciAddress, String> misplaced) {
    this(physicalFunctions, troubles, faults, misplaced, Set.of(), Others.NONE);
  }

  /** All of it found without trouble. */
  Inventory(List<Physical> physicalFunctions) {
    this(physicalFunctions, Map.of(), Map.of(), Map.of());
  }

  /**
   * A PF of the config that exists.
   *
   * @param driver empty when none is bound
   * @param port its interface
   * @param totalVfs the most VFs it can have
   * @param numaNode -1 when unknown
   */
  record Physical(
      PciAddress address,
      String driver,
      Port port,
      int totalVfs,
      int numaNode,
      List<Virtual> virtualFunctions) {
    Physical {
      virtualFunctions = List.copyOf(virtualFunctions);
    }

    Physical with(List<Virtual> vfs) {
      return new Physical(address, driver, port, totalVfs, numaNode, vfs);
    }
  }

  /**
   * A PF's interface; both texts are empty when it has none.
   *
   * @param eswitch how the NIC passes frames
   * @param rdma what RDMA applications call the PF
   */
  record Port(String name, String mac, Optional<Eswitch.Mode> eswitch, List<String> rdma) {
    Port {
      rdma = List.copyOf(rdma);
    }

    /** One of which nothing more is known. */
    Port(String name, String mac) {
      this(name, mac, Optional.empty(), List.of());
    }
  }

  /**
   * What a VF has beside its interface.
   *
   * @param rdma what RDMA applications call it
   * @param rdmaNodes the device nodes of those
   * @param representor the interface that stands for it inside the NIC; empty when there is none
   * @param vhostNet whether its node has what vhost-net needs
   */
  record Features(List<String> rdma, List<String> rdmaNodes, String representor, boolean vhostNet) {
    static final Features NONE = new Features(List.of(), List.of(), "", false);

    Features {
      rdma = List.copyOf(rdma);
      rdmaNodes = List.copyOf(rdmaNodes);
    }

    /** As they were told of a VF. */
    static Features of(VirtualFunction vf) {
      return new Features(
          vf.getRdmaDevicesList(),
          vf.getDeviceNodesList().stream().filter(NodeDevices::isRdma).toList(),
          vf.getRepresentor(),
          vf.getVhostNet());
    }
  }

  /**
   * A VF that exists.
   *
   * @param number what netlink calls it by: N of the link {@code virtfnN}
   * @param driver empty when none is bound
   * @param iommuGroup empty without an IOMMU
   * @param problem why no container can have it; empty when one can
   * @param mates what else a container could drive that has its IOMMU group
   * @param features what it has beside its interface
   * @param override the only driver that may bind to it ({@code driver_override}); empty for any
   */
  record Virtual(
      PciAddress address,
      int number,
      String driver,
      String iommuGroup,
      String problem,
      List<PciAddress> mates,
      Features features,
      String override) {
    Virtual {
      mates = List.copyOf(mates);
    }

    /** One that nothing is wrong with. */
    Virtual(PciAddress address, int number, String driver, String iommuGroup) {
      this(address, number, driver, iommuGroup, "", List.of(), Features.NONE, "");
    }

    Virtual among(List<PciAddress> others) {
      return new Virtual(address, number, driver, iommuGroup, problem, others, features, override);
    }

    Virtual with(String why) {
      return new Virtual(address, number, driver, iommuGroup, why, mates, features, override);
    }

    Virtual having(Features more) {
      return new Virtual(address, number, driver, iommuGroup, problem, mates, more, override);
    }

    Virtual overridden(String only) {
      return new Virtual(address, number, driver, iommuGroup, problem, mates, features, only);
    }
  }

  /**
   * A VF that exists and that no PF of the config was found to have.
   *
   * @param pf whose it is
   * @param pfName that one's interface; empty when it has none
   */
  record Stray(PciAddress pf, String pfName, Virtual vf) {}

  /**
   * What is known of claimed VFs beyond the PFs of the config; nothing of one that could not be
   * looked at.
   *
   * @param there those that exist
   * @param gone those at whose address there is nothing
   */
  record Others(Map<PciAddress, Stray> there, Set<PciAddress> gone) {
    static final Others NONE = new Others(Map.of(), Set.of());

    Others {
      there = Map.copyOf(there);
      gone = Set.copyOf(gone);
    }
  }

  /** The PF at an address. */
  Optional<Physical> physical(PciAddress address) {
    return physicalFunctions.stream().filter(pf -> pf.address().equals(address)).findFirst();
  }

  /** The PF that a VF belongs to. */
  Optional<Physical> physicalOf(PciAddress vf) {
    return physicalFunctions.stream()
        .filter(pf -> pf.virtualFunctions().stream().anyMatch(v -> v.address().equals(vf)))
        .findFirst();
  }
}
