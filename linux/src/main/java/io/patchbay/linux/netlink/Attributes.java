package io.patchbay.linux.netlink;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A run of netlink attributes, in the order sent; a type may occur more than once. Immutable. */
public final class Attributes {
  /** No attributes at all. */
  public static final Attributes EMPTY = new Attributes(ByteBuffer.allocate(0));

  private static final int HEADER = 4;

  private final List<Attribute> all;

  /** Reads {@code struct nlattr} after {@code struct nlattr}. */
  Attributes(ByteBuffer bytes) {
    List<Attribute> found = new ArrayList<>();
    int start = 0;
    while (start + HEADER <= bytes.limit()) {
      int length = Short.toUnsignedInt(bytes.getShort(start));
      int type = Short.toUnsignedInt(bytes.getShort(start + 2));
      if (length < HEADER || length > bytes.limit() - start) {
        throw NetlinkMessage.malformed("attribute of " + length + " bytes", bytes.limit() - start);
      }
      ByteBuffer value = bytes.slice(start + HEADER, length - HEADER);
      found.add(new Attribute(type, NetlinkMessage.ordered(value)));
      start += NetlinkMessage.aligned(length);
    }
    all = List.copyOf(found);
  }

  /** All of them. */
  public List<Attribute> all() {
    return all;
  }

  /** Those of one type. */
  public List<Attribute> all(int type) {
    return all.stream().filter(attribute -> attribute.type() == type).toList();
  }

  /** The last one of the type, which is the one the kernel would heed too. */
  public Optional<Attribute> find(int type) {
    return all.reversed().stream().filter(attribute -> attribute.type() == type).findFirst();
  }

  /** What is nested in the attribute of the type; empty without one. */
  public Attributes nested(int type) {
    return find(type).map(Attribute::nested).orElse(EMPTY);
  }

  /** The text of the attribute of the type; empty without one. */
  public String text(int type) {
    return find(type).map(Attribute::text).orElse("");
  }
}
