package io.patchbay.hwsim.frame;

import io.patchbay.base.Failure;
import io.patchbay.linux.MacAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * An Ethernet frame without preamble and checksum, as a tap or packet socket gives it. Immutable:
 * its octets are copied in and out, so any thread may hold it and pass it on.
 *
 * <p>Only the outermost tag of type 0x8100 counts as the VLAN tag; what follows it is payload.
 */
public final class Frame {
  /** Two addresses and an EtherType. */
  public static final int HEADER_OCTETS = 14;

  /** A jumbo payload of 9216 octets, header and one tag; longer frames do not exist here. */
  public static final int OCTETS_MAX = 9216 + HEADER_OCTETS + 4;

  /** The EtherType of an 802.1Q tag (IEEE 802.1Q table 9-1). */
  public static final int TYPE_VLAN = 0x8100;

  private static final int TAG_OCTETS = 4;
  private static final int TYPE_OFFSET = 2 * MacAddress.LENGTH;

  private final byte[] octets;

  private Frame(byte[] octets) {
    this.octets = octets;
  }

  /**
   * Reads the frame in {@code buffer[offset, offset + length)}. Throws {@link Failure} of kind
   * INVALID when it is too short for its header or longer than {@link #OCTETS_MAX}: whoever read it
   * from a device drops it.
   */
  public static Frame read(byte[] buffer, int offset, int length) {
    boolean tagged = length >= HEADER_OCTETS && type(buffer, offset + TYPE_OFFSET) == TYPE_VLAN;
    if (length < HEADER_OCTETS + (tagged ? TAG_OCTETS : 0) || length > OCTETS_MAX) {
      throw new Failure(
          Failure.Kind.INVALID,
          "a frame of " + length + " octets: wanted " + HEADER_OCTETS + " to " + OCTETS_MAX);
    }
    return new Frame(Arrays.copyOfRange(buffer, offset, offset + length));
  }

  /** Reads a frame that fills the whole array. Throws as {@link #read(byte[], int, int)} does. */
  public static Frame read(byte[] octets) {
    return read(octets, 0, octets.length);
  }

  /** Makes an untagged frame. */
  public static Frame of(MacAddress to, MacAddress from, int etherType, byte[] payload) {
    if (etherType < 0 || etherType > 0xffff || etherType == TYPE_VLAN) {
      throw new IllegalArgumentException("no EtherType: " + Integer.toHexString(etherType));
    }
    return read(
        ByteBuffer.allocate(HEADER_OCTETS + payload.length)
            .put(to.bytes())
            .put(from.bytes())
            .putShort((short) etherType)
            .put(payload)
            .array());
  }

  /** The station or group it goes to. */
  public MacAddress destination() {
    return MacAddress.at(octets, 0);
  }

  /** The station that sent it. */
  public MacAddress source() {
    return MacAddress.at(octets, MacAddress.LENGTH);
  }

  /**
   * Whether it is for the station at the other end of the link alone, and forwarded by nobody: to
   * 01:80:c2:00:00:00 to 0f (IEEE 802.1Q table 8-1).
   */
  public boolean linkLocal() {
    return destination().value() >> 4 == 0x0180_c200_000L;
  }

  /** What the payload is, behind the tag if there is one. */
  public int etherType() {
    return type(octets, payloadOffset() - 2);
  }

  /** The 802.1Q tag, if it carries one. */
  public Optional<VlanTag> tag() {
    if (!tagged()) {
      return Optional.empty();
    }
    int control = type(octets, HEADER_OCTETS);
    return Optional.of(new VlanTag(control & 0xfff, control >> 13));
  }

  /** The same frame under this tag, in place of the one it has, if any. */
  public Frame withTag(VlanTag tag) {
    int rest = tagged() ? HEADER_OCTETS + 2 : TYPE_OFFSET;
    return new Frame(
        ByteBuffer.allocate(TYPE_OFFSET + TAG_OCTETS + octets.length - rest)
            .put(octets, 0, TYPE_OFFSET)
            .putShort((short) TYPE_VLAN)
            .putShort((short) ((tag.priority() << 13) | tag.id()))
            .put(octets, rest, octets.length - rest)
            .array());
  }

  /** The same frame with the VLAN changed and the priority kept, tagged if it was not. */
  public Frame retag(int id) {
    return withTag(new VlanTag(id, tag().map(VlanTag::priority).orElse(0)));
  }

  /** The same frame with no tag. */
  public Frame withoutTag() {
    if (!tagged()) {
      return this;
    }
    int rest = HEADER_OCTETS + 2;
    return new Frame(
        ByteBuffer.allocate(octets.length - TAG_OCTETS)
            .put(octets, 0, TYPE_OFFSET)
            .put(octets, rest, octets.length - rest)
            .array());
  }

  /** How long it is, in octets. */
  public int length() {
    return octets.length;
  }

  /** A copy of all its octets, for writing to a device. */
  public byte[] octets() {
    return octets.clone();
  }

  /** A copy of what follows the EtherType. */
  public byte[] payload() {
    return Arrays.copyOfRange(octets, payloadOffset(), octets.length);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Frame frame && Arrays.equals(octets, frame.octets);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(octets);
  }

  @Override
  public String toString() {
    String vlan = tag().map(tag -> " vlan " + tag.id() + "." + tag.priority()).orElse("");
    return String.format(
        "%s > %s%s type %04x, %d octets", source(), destination(), vlan, etherType(), length());
  }

  private boolean tagged() {
    return type(octets, TYPE_OFFSET) == TYPE_VLAN;
  }

  private int payloadOffset() {
    return tagged() ? HEADER_OCTETS + TAG_OCTETS : HEADER_OCTETS;
  }

  private static int type(byte[] bytes, int offset) {
    return ((bytes[offset] & 0xff) << 8) | (bytes[offset + 1] & 0xff);
  }
}
