package io.patchbay.linux;

import io.patchbay.linux.netlink.Attribute;
import io.patchbay.linux.netlink.Attributes;
import io.patchbay.linux.netlink.Ifla;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.Rtm;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A network interface as the kernel showed it once.
 *
 * @param index unique in its namespace; may change when the link is moved
 * @param mac all zeros for links without an Ethernet address
 * @param mtu in bytes
 */
public record Link(
    int index, String name, MacAddress mac, int mtu, Set<Flag> flags, Details details) {
  /** States that are on or off. */
  public enum Flag {
    /** Switched on by an administrator. */
    UP,
    /** Something is at the other end. */
    CARRIER
  }

  /**
   * What not every link has.
   *
   * @param kind the kernel's word for a virtual link ({@code veth}, {@code bridge}), else empty
   * @param alias free text, empty without
   * @param parentDevice the device below, for a NIC its PCI address
   * @param master index of the bridge it belongs to
   */
  public record Details(
      String kind, String alias, Optional<String> parentDevice, OptionalInt master) {}

  public Link {
    flags = Set.copyOf(flags);
  }

  /** Whether it is switched on. */
  public boolean up() {
    return flags.contains(Flag.UP);
  }

  /** Whether it has a carrier. */
  public boolean carrier() {
    return flags.contains(Flag.CARRIER);
  }

  /** The kernel's word for a virtual link, empty for hardware. */
  public String kind() {
    return details.kind;
  }

  /** Free text somebody gave it, empty without. */
  public String alias() {
    return details.alias;
  }

  /** The device below it: for a NIC the PCI address, visible in every namespace. */
  public Optional<String> parentDevice() {
    return details.parentDevice;
  }

  /** The index of the bridge it belongs to. */
  public OptionalInt master() {
    return details.master;
  }

  /** Reads an RTM_NEWLINK or RTM_DELLINK message. */
  static Link of(NetlinkMessage message) {
    Attributes attributes = message.attributes(Rtm.LINK_HEADER);
    return new Link(
        message.i32(4),
        attributes.text(Ifla.IFNAME),
        attributes
            .find(Ifla.ADDRESS)
            .filter(address -> address.length() == MacAddress.LENGTH)
            .map(address -> MacAddress.of(address.bytes()))
            .orElse(MacAddress.ZERO),
        attributes.find(Ifla.MTU).map(mtu -> mtu.i32(0)).orElse(0),
        flags(message.i32(8), attributes),
        details(attributes));
  }

  private static Set<Flag> flags(int bits, Attributes attributes) {
    Set<Flag> flags = EnumSet.noneOf(Flag.class);
    if ((bits & Ifla.IFF_UP) != 0) {
      flags.add(Flag.UP);
    }
    boolean lowerUp = (bits & Ifla.IFF_LOWER_UP) != 0;
    if (attributes.find(Ifla.CARRIER).map(carrier -> carrier.u8(0) != 0).orElse(lowerUp)) {
      flags.add(Flag.CARRIER);
    }
    return flags;
  }

  private static Details details(Attributes attributes) {
    Optional<Attribute> master = attributes.find(Ifla.MASTER);
    return new Details(
        attributes.nested(Ifla.LINKINFO).text(Ifla.INFO_KIND),
        attributes.text(Ifla.IFALIAS),
        attributes.find(Ifla.PARENT_DEV_NAME).map(Attribute::text),
        master.isPresent() ? OptionalInt.of(master.get().i32(0)) : OptionalInt.empty());
  }
}
