package io.patchbay.linux;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A PCI function as sysfs showed it once.
 *
 * @param interfaces names of its links, the way to the wire first and no representors; empty for a
 *     NIC too while the link is in another namespace
 * @param rdma what of it speaks RDMA
 */
public record PciFunction(
    PciAddress address,
    Model model,
    Binding binding,
    Placement placement,
    Role role,
    List<String> interfaces,
    Rdma rdma) {
  private static final int CLASS_NETWORK = 0x02; // linux/pci_ids.h, PCI_BASE_CLASS_NETWORK

  /** What it is: vendor and device id, and the class with its 24 bits. */
  public record Model(int vendor, int device, int classCode) {}

  /**
   * Its driver; of a function that has none, the only one that may bind to it ({@code
   * driver_override}), which is not read of others.
   */
  public record Binding(Optional<String> driver, Optional<String> override) {}

  /** Where it sits; absent where the machine does not say. */
  public record Placement(OptionalInt numaNode, OptionalInt iommuGroup) {}

  /**
   * What of a function speaks RDMA. Unlike its interface it stays where it is while the VF is in a
   * pod, unless the node keeps RDMA devices apart by namespace ({@code rdma system}).
   *
   * @param devices what RDMA applications call it: {@code mlx5_0}
   * @param nodes its device nodes in {@code /dev/infiniband}: {@code uverbs0}, {@code umad0}, ...
   */
  public record Rdma(List<String> devices, List<String> nodes) {
    /** Nothing. */
    public static final Rdma NONE = new Rdma(List.of(), List.of());

    public Rdma {
      devices = List.copyOf(devices);
      nodes = List.copyOf(nodes);
    }
  }

  /** Its part in SR-IOV. */
  public sealed interface Role {
    /** None. */
    record Plain() implements Role {}

    /**
     * It has virtual functions, or could have.
     *
     * @param totalVfs how many it can have
     * @param numVfs how many it has
     * @param virtualFunctions by the number that the NIC knows them by
     */
    record Physical(int totalVfs, int numVfs, SortedMap<Integer, PciAddress> virtualFunctions)
        implements Role {
      public Physical {
        virtualFunctions = Collections.unmodifiableSortedMap(new TreeMap<>(virtualFunctions));
      }
    }

    /** It is a virtual function of this one. */
    record Virtual(PciAddress physicalFunction) implements Role {}
  }

  public PciFunction {
    interfaces = List.copyOf(interfaces);
  }

  /** The same with this driver. */
  public PciFunction boundTo(String driver) {
    Binding bound = new Binding(Optional.of(driver), binding.override);
    return new PciFunction(address, model, bound, placement, role, interfaces, rdma);
  }

  /** Whether it is a network device. */
  public boolean isNetwork() {
    return model.classCode >> 16 == CLASS_NETWORK;
  }

  /** What it is as a physical function, if it is one. */
  public Optional<Role.Physical> physical() {
    return role instanceof Role.Physical physical ? Optional.of(physical) : Optional.empty();
  }

  /** The physical function it belongs to, if it is a virtual one. */
  public Optional<PciAddress> physicalFunction() {
    return role instanceof Role.Virtual virtual
        ? Optional.of(virtual.physicalFunction)
        : Optional.empty();
  }
}
