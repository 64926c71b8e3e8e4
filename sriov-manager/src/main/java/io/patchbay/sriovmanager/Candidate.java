package io.patchbay.sriovmanager;

import io.patchbay.linux.PciAddress;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A PF of this node with all that a {@link Selector} may ask about. Immutable.
 *
 * @param address where it is
 * @param vendor PCI vendor id
 * @param devices its own PCI device id, and that of its VFs where the kernel tells
 * @param driver empty when none is bound
 * @param numaNode absent when the machine does not say
 * @param ports its interfaces; two behind one address have been built
 */
record Candidate(
    PciAddress address,
    int vendor,
    List<Integer> devices,
    String driver,
    OptionalInt numaNode,
    List<Port> ports) {
  Candidate {
    devices = List.copyOf(devices);
    ports = List.copyOf(ports);
  }

  /**
   * An interface of the PF.
   *
   * @param type absent when it is neither of those known here
   * @param speed in Mbit/s; 0 when unknown, as without a carrier
   */
  record Port(String name, Optional<LinkType> type, int speed) {}

  /** What kind of network a port speaks to, by the kernel's ARPHRD number. */
  enum LinkType {
    ETHER(1),
    INFINIBAND(32);

    private final int hardwareType;

    LinkType(int hardwareType) {
      this.hardwareType = hardwareType;
    }

    static Optional<LinkType> of(int hardwareType) {
      for (LinkType type : values()) {
        if (type.hardwareType == hardwareType) {
          return Optional.of(type);
        }
      }
      return Optional.empty();
    }
  }

  /**
   * The same, with what was known earlier and cannot be seen now: a port without a carrier does not
   * tell its speed, a PF between two drivers has no interface and no driver. Neither makes it
   * another PF; another model in its place is one.
   */
  Candidate remembering(Candidate earlier) {
    boolean another = model().isPresent() && !model().equals(earlier.model());
    if (vendor != earlier.vendor || another) {
      return this;
    }
    List<Port> filled = ports.stream().map(port -> filled(port, earlier.ports)).toList();
    return new Candidate(
        address,
        vendor,
        devices.size() < earlier.devices.size() ? earlier.devices : devices,
        driver.isEmpty() ? earlier.driver : driver,
        numaNode.isPresent() ? numaNode : earlier.numaNode,
        ports.isEmpty() ? earlier.ports : filled);
  }

  /** Its own PCI device id. */
  private Optional<Integer> model() {
    return devices.stream().findFirst();
  }

  private static Port filled(Port port, List<Port> earlier) {
    return earlier.stream()
        .filter(known -> known.name.equals(port.name))
        .findFirst()
        .map(known ->
            new Port(
                port.name, port.type.or(known::type), port.speed == 0 ? known.speed : port.speed))
        .orElse(port);
  }
}
