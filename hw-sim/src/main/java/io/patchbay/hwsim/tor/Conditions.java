package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.frame.Ipv4Header;
import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.tor.AccessList.Packet;
import io.patchbay.linux.MacAddress;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * What an {@code acl-entry} asks of a frame, compiled. An entry that asks nothing matches all that
 * its set judges; one that asks for what only IPv4 packets have matches nothing else. Pure.
 */
final class Conditions {
  private Conditions() {}

  /** All that an entry asks, as one condition. */
  static Predicate<Packet> of(Data entry) {
    return Stream.of("l2", "ipv4", "transport")
        .flatMap(part -> entry.at(part, "config").stream())
        .flatMap(config -> config.children().stream().map(leaf -> of(config, leaf)))
        .reduce(packet -> true, Predicate::and);
  }

  private static Predicate<Packet> of(Data config, Data leaf) {
    String value = leaf.value();
    return switch (leaf.schema().name()) {
      case "source-mac" ->
          station(value, config.leaf("source-mac-mask"), packet -> packet.frame().source());
      case "destination-mac" ->
          station(
              value, config.leaf("destination-mac-mask"), packet -> packet.frame().destination());
      case "source-mac-mask", "destination-mac-mask" -> packet -> true; // with their addresses
      case "ethertype" -> {
        int type = AclSchema.etherType(value);
        yield packet -> packet.frame().etherType() == type;
      }
      case "source-address" -> prefix(value, Ipv4Header::source);
      case "destination-address" -> prefix(value, Ipv4Header::destination);
      case "protocol" -> {
        int protocol = AclSchema.protocol(value);
        yield ipv4(header -> header.protocol() == protocol);
      }
      case "source-port" -> ports(value, Ipv4Header::sourcePort);
      case "destination-port" -> ports(value, Ipv4Header::destinationPort);
      case String other -> throw new IllegalStateException("nothing is known of " + other);
    };
  }

  /** A mask of ones where the two must be alike; without one they must be the same. */
  private static Predicate<Packet> station(
      String address, Optional<String> mask, Function<Packet, MacAddress> of) {
    long bits = mask.map(MacAddress::parse).orElse(MacAddress.BROADCAST).value();
    long wanted = MacAddress.parse(address).value() & bits;
    return packet -> (of.apply(packet).value() & bits) == wanted;
  }

  private static Predicate<Packet> prefix(String text, ToIntFunction<Ipv4Header> of) {
    int slash = text.indexOf('/');
    int length = Integer.parseInt(text.substring(slash + 1));
    int mask = length == 0 ? 0 : -1 << (Integer.SIZE - length);
    int address = 0;
    for (String octet : text.substring(0, slash).split("\\.", -1)) {
      address = address << 8 | Integer.parseInt(octet);
    }
    int wanted = address & mask;
    return ipv4(header -> (of.applyAsInt(header) & mask) == wanted);
  }

  private static Predicate<Packet> ports(String text, Function<Ipv4Header, OptionalInt> of) {
    PortRange range = PortRange.parse(text);
    return ipv4(header -> of.apply(header).stream().anyMatch(range::contains));
  }

  private static Predicate<Packet> ipv4(Predicate<Ipv4Header> condition) {
    return packet -> packet.ipv4().filter(condition).isPresent();
  }
}
