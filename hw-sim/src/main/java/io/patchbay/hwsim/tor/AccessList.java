package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.Ipv4Header;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * An ACL set as frames are judged by it: the first entry that matches decides, and what no entry
 * matches is dropped, as most switches do. Immutable.
 *
 * @param ipv4Only whether it judges IPv4 packets alone and lets all else pass, ARP and IPv6 too
 * @param entries in their order
 */
record AccessList(boolean ipv4Only, List<Entry> entries) {
  /** One entry; {@code matches} holds for a frame that it decides on. */
  record Entry(Predicate<Packet> matches, boolean accepts) {}

  /** A frame with what it carries. */
  record Packet(Frame frame, Optional<Ipv4Header> ipv4) {
    static Packet of(Frame frame) {
      return new Packet(frame, Ipv4Header.of(frame));
    }
  }

  AccessList {
    entries = List.copyOf(entries);
  }

  /** Whether a frame may pass. */
  boolean accepts(Packet packet) {
    if (ipv4Only && packet.frame().etherType() != Ipv4Header.ETHER_TYPE) {
      return true;
    }
    return entries.stream()
        .filter(entry -> entry.matches().test(packet))
        .findFirst()
        .map(Entry::accepts)
        .orElse(false);
  }
}
