package io.patchbay.torshims.snmp;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.AclSet;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortReading;
import java.util.Collections;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * All that Q-BRIDGE-MIB says of one port. Immutable. Pure.
 *
 * @param vlan the port's own objects
 * @param egress the VLANs whose frames leave by it
 * @param untagged those of them that leave without a tag
 */
record SnmpPort(PortVlan vlan, SortedSet<Integer> egress, SortedSet<Integer> untagged) {
  /** dot1qPortAcceptableFrameTypes. */
  static final int ADMIT_ALL = 1;

  static final int ADMIT_ONLY_TAGGED = 2;

  /** DEFVAL of dot1qPvid: a VLAN that every bridge has. */
  static final int DEFAULT_VLAN = 1;

  /** The last that frames can have; a row with a higher index is local to its bridge (RFC 4363). */
  private static final int VLAN_MAX = 4094;

  /** As many rows as are ever read. */
  private static final int LISTED_MAX = 16_376;

  /** What a range has between its ends. */
  private static final String LIST = "([0-9,-]*)";

  private static final Pattern TEXT =
      Pattern.compile(
          "pvid=(\\d{1,9}) frames=(\\d) filtering=(\\d) egress=" + LIST + " untagged=" + LIST);

  /**
   * A row of dot1qPortVlanTable, in the numbers of the MIB: those of a switch that has others than
   * we know are given back, too.
   */
  record PortVlan(int pvid, int frameTypes, int ingressFiltering) {
    boolean filters() {
      return ingressFiltering == Mib.TRUE;
    }
  }

  SnmpPort {
    egress = Collections.unmodifiableSortedSet(new TreeSet<>(egress));
    untagged = Collections.unmodifiableSortedSet(new TreeSet<>(untagged));
  }

  /** What a port is to be. Throws {@link Failure} of kind INVALID for a text of something else. */
  static SnmpPort of(PortConfig config) {
    return switch (config) {
      case Access access ->
          new SnmpPort(
              new PortVlan(access.vlan(), ADMIT_ALL, Mib.TRUE),
              new TreeSet<>(Set.of(access.vlan())),
              new TreeSet<>(Set.of(access.vlan())));
      case Trunk trunk -> of(trunk);
      case Leaf leaf -> throw unsupported(leaf);
      case AclSet acl -> throw unsupported(acl);
      case Raw raw -> parse(raw.text());
    };
  }

  private static Failure unsupported(PortConfig wanted) {
    return new Failure(
        Failure.Kind.UNSUPPORTED,
        "the standard MIBs set nothing of a port but VLANs, not '"
            + wanted
            + "'; leave the service's port.mtu, port.description, port.acl and port.qos out");
  }

  private static SnmpPort of(Trunk trunk) {
    SortedSet<Integer> egress = new TreeSet<>(trunk.vlans());
    SortedSet<Integer> untagged = new TreeSet<>();
    trunk.nativeVlan().ifPresent(untagged::add);
    egress.addAll(untagged);
    int frames = untagged.isEmpty() ? ADMIT_ONLY_TAGGED : ADMIT_ALL;
    int pvid = untagged.isEmpty() ? DEFAULT_VLAN : untagged.first();
    return new SnmpPort(new PortVlan(pvid, frames, Mib.TRUE), egress, untagged);
  }

  private static SnmpPort parse(String text) {
    Matcher match = TEXT.matcher(text);
    if (!match.matches()) {
      throw new Failure(Failure.Kind.INVALID, "no port was ever read as '" + text + "' by SNMP");
    }
    PortVlan vlan =
        new PortVlan(
            Integer.parseInt(match.group(1)),
            Integer.parseInt(match.group(2)),
            Integer.parseInt(match.group(3)));
    return new SnmpPort(vlan, vlans(match.group(4)), vlans(match.group(5)));
  }

  private static SortedSet<Integer> vlans(String list) {
    SortedSet<Integer> vlans = new TreeSet<>();
    try {
      for (String range : list.isEmpty() ? new String[0] : list.split(",", -1)) {
        String[] ends = range.split("-", 2);
        long high = Integer.parseInt(ends[ends.length - 1]);
        long low = Integer.parseInt(ends[0]);
        if (low < 1 || high - low >= LISTED_MAX) {
          throw noList(list);
        }
        LongStream.rangeClosed(low, high).forEach(vlan -> vlans.add((int) vlan));
      }
    } catch (NumberFormatException e) {
      throw noList(list);
    }
    return vlans;
  }

  private static Failure noList(String list) {
    return new Failure(Failure.Kind.INVALID, "'" + list + "' is no list of VLANs");
  }

  /** The VLANs whose rows list it. */
  SortedSet<Integer> listed() {
    SortedSet<Integer> listed = new TreeSet<>(egress);
    listed.addAll(untagged);
    return listed;
  }

  /** Exactly this, to be put back one day. */
  String text() {
    return "pvid=%d frames=%d filtering=%d egress=%s untagged=%s"
        .formatted(
            vlan.pvid(),
            vlan.frameTypes(),
            vlan.ingressFiltering(),
            ranges(egress),
            ranges(untagged));
  }

  private static String ranges(SortedSet<Integer> vlans) {
    return vlans.stream()
        .filter(low -> !vlans.contains(low - 1))
        .map(low -> {
          int high = low;
          while (vlans.contains(high + 1)) {
            high++;
          }
          return low == high ? low.toString() : low + "-" + high;
        })
        .collect(Collectors.joining(","));
  }

  /** This with its meaning. */
  PortReading reading() {
    Raw raw = new Raw(text());
    return new PortReading(raw, meaning().orElse(raw));
  }

  /** A port that lets in frames of VLANs that it is not in is neither access port nor trunk. */
  private Optional<PortConfig> meaning() {
    if (!vlan.filters() || egress.isEmpty() || !egress.containsAll(untagged)) {
      return Optional.empty();
    }
    if (egress.last() > VLAN_MAX) {
      return Optional.empty();
    }
    SortedSet<Integer> tagged = new TreeSet<>(egress);
    tagged.removeAll(untagged);
    if (vlan.frameTypes() == ADMIT_ONLY_TAGGED && untagged.isEmpty()) {
      return Optional.of(new Trunk(tagged, OptionalInt.empty()));
    }
    boolean oneUntagged = untagged.size() == 1 && untagged.first() == vlan.pvid();
    if (vlan.frameTypes() != ADMIT_ALL || !oneUntagged) {
      return Optional.empty();
    }
    return Optional.of(
        tagged.isEmpty()
            ? new Access(vlan.pvid())
            : new Trunk(tagged, OptionalInt.of(vlan.pvid())));
  }
}
