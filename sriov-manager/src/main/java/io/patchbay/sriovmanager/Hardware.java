package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.VfVlan;
import io.patchbay.mesh.VfioParameters;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;

/**
 * The NICs of this node: what they are, and what is done to one VF. Nothing here remembers
 * anything; the ledger does. All of it throws {@link Failure} when the kernel refuses, and may be
 * done twice. Safe for all threads, as long as one VF has one caller.
 */
interface Hardware {
  /** Looks at a PF and its VFs; empty when there is none. */
  Optional<Inventory.Physical> find(PciAddress pf);

  /**
   * Looks at a VF, whether its PF is one of the config or not; empty when there is nothing at the
   * address. Throws {@link Failure} when its PF does not know it, as while it comes or goes.
   */
  Optional<Inventory.Stray> stray(PciAddress vf);

  /** What a PF's interface says of its cable. */
  enum Carrier {
    /** Something is at the other end. */
    PRESENT,
    /** Nothing is, or it is silent. */
    ABSENT,
    /** An administrator has set the interface down, and so it has none. */
    OFF,
    /** There is no interface that could say. */
    UNKNOWN
  }

  /** Looks at a PF's carrier and nothing else: done several times a second. */
  Carrier carrier(PciAddress pf);

  /** Why a PF's cable is not where it should be; empty when nothing says so. */
  Optional<String> misplaced(PciAddress pf);

  /** Carries out a step of the plan. */
  void apply(Plan.Step step);

  /**
   * Where a VF's frames leave the node.
   *
   * @param pfMac the hardware address of its PF
   * @param number what the PF calls the VF
   */
  record Port(MacAddress pfMac, int number) {}

  /** Where this VF's cable is. */
  Port port(PciAddress vf);

  /**
   * How a VF that is to be lent is now, to be put back to later; a tag that somebody left on it is
   * taken off first. It must be at home: else {@link Failure} CONFLICT.
   */
  Home lookAndUntag(PciAddress vf);

  /**
   * The same of a VF that its container drives itself: it goes to a VLAN where nobody is, since its
   * container could use it at any time. Throws {@link Failure} CONFLICT when it has another driver,
   * or is in an IOMMU group with a device that the kernel drives.
   */
  Home lookAndPark(PciAddress vf);

  /**
   * Puts a VF that its container drives itself where nobody is, with an address that is fixed, and
   * nothing but frames from it pass. What is so is not written again.
   */
  void park(PciAddress vf);

  /** The VLAN of those that are parked, which no service may have. */
  int parkingVlan();

  /** The VLAN that the PF keeps a VF on, 0 for none; empty while there is no such VF. */
  OptionalInt vlan(PciAddress vf);

  /**
   * The other functions that an IOMMU cannot tell from a VF, each with its driver, empty for none.
   * Throws {@link Failure} CONFLICT when the kernel drives one of them.
   */
  Map<PciAddress, String> groupMates(PciAddress vf);

  /** What a client is told of a VF that it drives itself. */
  VfioParameters.Device device(PciAddress vf);

  /**
   * Before a VF is lent: its address is fixed, only frames from it pass unless the options say
   * otherwise, and the rest of them is set, but for the MTU. {@link Failure} UNSUPPORTED for what
   * the NIC cannot do.
   */
  void configure(PciAddress vf, MacAddress mac, VfOptions options);

  /** Sets the MTU of an interface that is at home: else {@link Failure} CONFLICT. */
  void mtu(PciAddress vf, int wanted);

  /** Puts the VF on a VLAN. */
  void tag(PciAddress vf, VfVlan vlan);

  /** Takes the VF off its VLAN. */
  void untag(PciAddress vf);

  /** Refuses a namespace that is gone or that no VF may go to; see {@link VfInterfaces#open}. */
  void checkPod(String namespace);

  /** What a VF's interface looks like while it is at home; empty while it is in a pod. */
  Optional<Hold.Seat> atHome(PciAddress vf);

  /**
   * Puts a VF into its client's namespace, and says what it looks like there.
   *
   * @param here what {@link #atHome} has said of it just now
   */
  Hold.Seat attach(PciAddress vf, Hold hold, Optional<Hold.Seat> here);

  /** Brings the interface home; the PF's settings stay. */
  void detach(PciAddress vf, Hold hold);

  /**
   * Has a VF that a container drove forget all that it was told by it (FLR), where the function
   * can. Not one with an interface, see {@link #renew}: its driver need not survive that.
   */
  void reset(PciAddress vf);

  /**
   * As {@link #restore}, of a VF whose interface was in a pod: first it forgets all that it was
   * told there (FLR), where the function can. Its driver, which could not know of that, is taken
   * off meanwhile; killed between, or asked again after a failure, this goes on.
   */
  void renew(PciAddress vf, Hold hold);

  /** Makes a VF as it was before it was lent, whatever has happened to it, and verifies it. */
  void restore(PciAddress vf, Hold hold);

  /** The address that a VF is lent with: its own, or one that is always the same for it. */
  static MacAddress lentMac(PciAddress vf, Home home) {
    MacAddress own = MacAddress.parse(home.mac());
    if (!own.isZero() && !own.isGroup()) {
      return own;
    }
    long bits =
        UUID.nameUUIDFromBytes(vf.toString().getBytes(StandardCharsets.UTF_8))
            .getLeastSignificantBits();
    return new MacAddress((bits & 0xfcff_ffff_ffffL) | 0x0200_0000_0000L);
  }
}
