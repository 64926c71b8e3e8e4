package io.patchbay.linux;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the device at the other end of a cable says of itself (IEEE 802.1AB clause 8).
 *
 * @param system its name; empty when it does not say
 * @param ports what it calls its port: its id, where that is a text, and its description
 * @param lifetime how long that holds; zero takes it back
 */
public record LldpNeighbour(String system, List<String> ports, Duration lifetime) {
  /** The EtherType. */
  static final int ETHER_TYPE = 0x88cc;

  /** The nearest bridge, to whom it is sent and who never passes it on. */
  static final MacAddress GROUP = MacAddress.parse("01:80:c2:00:00:0e");

  private static final int ETHERNET_HEADER = 14;
  private static final int END = 0;
  private static final int PORT_ID = 2;
  private static final int TTL = 3;
  private static final int PORT_DESCRIPTION = 4;
  private static final int SYSTEM_NAME = 5;

  /** Kinds of port ids that are texts: alias, component, name, circuit, local (table 8-3). */
  private static final Set<Byte> TEXTS = Set.of((byte) 1, (byte) 2, (byte) 5, (byte) 6, (byte) 7);

  public LldpNeighbour {
    ports = List.copyOf(ports);
  }

  /** Reads an Ethernet frame; empty when it is something else, or cut short. */
  static Optional<LldpNeighbour> parse(byte[] frame) {
    ByteBuffer in = ByteBuffer.wrap(frame);
    if (frame.length < ETHERNET_HEADER || (in.getShort(12) & 0xffff) != ETHER_TYPE) {
      return Optional.empty();
    }
    in.position(ETHERNET_HEADER);
    String system = "";
    List<String> ports = new ArrayList<>();
    Optional<Duration> lifetime = Optional.empty();
    while (in.remaining() >= 2) {
      int head = in.getShort() & 0xffff; // seven bits of type, nine of length
      int type = head >> 9;
      if (type == END || (head & 0x1ff) > in.remaining()) {
        break;
      }
      byte[] value = new byte[head & 0x1ff];
      in.get(value);
      if (type == TTL && value.length >= 2) {
        lifetime = Optional.of(Duration.ofSeconds(ByteBuffer.wrap(value).getShort() & 0xffff));
      } else if (type == SYSTEM_NAME) {
        system = text(value, 0);
      } else if (type == PORT_DESCRIPTION) {
        ports.add(text(value, 0));
      } else if (type == PORT_ID && value.length > 1 && TEXTS.contains(value[0])) {
        ports.add(text(value, 1));
      }
    }
    String name = system;
    return lifetime.map(holds -> new LldpNeighbour(name, ports, holds));
  }

  /** Without what could forge a line of a log. */
  private static String text(byte[] value, int from) {
    return new String(value, from, value.length - from, StandardCharsets.UTF_8)
        .replaceAll("\\p{Cntrl}", "")
        .strip();
  }
}
