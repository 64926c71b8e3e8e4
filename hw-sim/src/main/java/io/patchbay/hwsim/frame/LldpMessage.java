package io.patchbay.hwsim.frame;

import io.patchbay.base.Failure;
import io.patchbay.linux.MacAddress;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * What a device tells its neighbour about itself (IEEE 802.1AB clause 8): the mandatory fields, the
 * system's name and the port's description. Other fields are skipped when read.
 *
 * @param ttlSeconds how long it holds, 0 to 65535; 0 takes it back
 * @param systemName empty for none
 * @param portDescription empty for none
 */
public record LldpMessage(
    Identity chassis, Identity port, int ttlSeconds, String systemName, String portDescription) {
  /** The EtherType of LLDP. */
  public static final int ETHER_TYPE = 0x88cc;

  /** The nearest bridge; never forwarded. */
  public static final MacAddress NEAREST_BRIDGE = MacAddress.parse("01:80:c2:00:00:0e");

  private static final int END = 0;
  private static final int CHASSIS_ID = 1;
  private static final int PORT_ID = 2;
  private static final int TTL = 3;
  private static final int PORT_DESCRIPTION = 4;
  private static final int SYSTEM_NAME = 5;
  private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

  /** What an id is, named as OpenConfig names it; the numbers are tables 8-2 and 8-3. */
  public enum IdType {
    CHASSIS_COMPONENT(1, 0),
    INTERFACE_ALIAS(2, 1),
    PORT_COMPONENT(3, 2),
    MAC_ADDRESS(4, 3),
    NETWORK_ADDRESS(5, 4),
    INTERFACE_NAME(6, 5),
    AGENT_CIRCUIT_ID(0, 6),
    LOCAL(7, 7);

    private final int asChassis;
    private final int asPort;

    IdType(int asChassis, int asPort) {
      this.asChassis = asChassis;
      this.asPort = asPort;
    }

    private int number(int field) {
      return field == CHASSIS_ID ? asChassis : asPort;
    }

    private boolean text() {
      return this != MAC_ADDRESS && this != NETWORK_ADDRESS;
    }
  }

  /**
   * A chassis or port id.
   *
   * @param value its text; octets of an address in hex with colons
   */
  public record Identity(IdType type, String value) {}

  /** The frame that carries it, from a port with that address. */
  public Frame frame(MacAddress source) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    id(out, CHASSIS_ID, chassis);
    id(out, PORT_ID, port);
    field(out, TTL, new byte[] {(byte) (ttlSeconds >> 8), (byte) ttlSeconds});
    if (!portDescription.isEmpty()) {
      field(out, PORT_DESCRIPTION, portDescription.getBytes(StandardCharsets.UTF_8));
    }
    if (!systemName.isEmpty()) {
      field(out, SYSTEM_NAME, systemName.getBytes(StandardCharsets.UTF_8));
    }
    field(out, END, new byte[0]);
    return Frame.of(NEAREST_BRIDGE, source, ETHER_TYPE, out.toByteArray());
  }

  /**
   * Reads a frame of type {@link #ETHER_TYPE}. Throws {@link Failure} of kind INVALID when a
   * mandatory field is absent, out of order, or cut short.
   */
  public static LldpMessage read(Frame frame) {
    ByteBuffer in = ByteBuffer.wrap(frame.payload());
    Identity chassis = id(CHASSIS_ID, in);
    Identity port = id(PORT_ID, in);
    byte[] ttl = field(TTL, in);
    if (ttl.length < 2) {
      throw broken("its TTL is too short");
    }
    String name = "";
    String description = "";
    while (in.remaining() >= 2) {
      int type = (in.get(in.position()) >> 1) & 0x7f;
      if (type == END) {
        break;
      }
      String text = new String(field(type, in), StandardCharsets.UTF_8);
      name = type == SYSTEM_NAME ? text : name;
      description = type == PORT_DESCRIPTION ? text : description;
    }
    int seconds = ((ttl[0] & 0xff) << 8) | (ttl[1] & 0xff);
    return new LldpMessage(chassis, port, seconds, name, description);
  }

  private static void id(ByteArrayOutputStream out, int field, Identity id) {
    byte[] value =
        id.type().text()
            ? id.value().getBytes(StandardCharsets.UTF_8)
            : COLONS.parseHex(id.value());
    byte[] octets = new byte[value.length + 1];
    octets[0] = (byte) id.type().number(field);
    System.arraycopy(value, 0, octets, 1, value.length);
    field(out, field, octets);
  }

  private static Identity id(int field, ByteBuffer in) {
    byte[] octets = field(field, in);
    for (IdType type : IdType.values()) {
      if (octets.length > 1 && type.number(field) == octets[0] && octets[0] != 0) {
        return new Identity(
            type,
            type.text()
                ? new String(octets, 1, octets.length - 1, StandardCharsets.UTF_8)
                : COLONS.formatHex(octets, 1, octets.length));
      }
    }
    throw broken("no id of a known type in field " + field);
  }

  /** Seven bits of type, nine of length, then the value. */
  private static void field(ByteArrayOutputStream out, int type, byte[] value) {
    if (value.length > 511) {
      throw new IllegalArgumentException("an LLDP field of " + value.length + " octets");
    }
    out.write((type << 1) | (value.length >> 8));
    out.write(value.length);
    out.writeBytes(value);
  }

  private static byte[] field(int wanted, ByteBuffer in) {
    if (in.remaining() < 2) {
      throw broken("it ends where field " + wanted + " was due");
    }
    int head = in.getShort() & 0xffff;
    int length = head & 0x1ff;
    if (head >> 9 != wanted || length > in.remaining()) {
      throw broken("field " + wanted + " was due, found " + (head >> 9) + " of " + length);
    }
    byte[] value = new byte[length];
    in.get(value);
    return value;
  }

  private static Failure broken(String why) {
    return new Failure(Failure.Kind.INVALID, "broken LLDP: " + why);
  }
}
