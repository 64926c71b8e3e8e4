package io.patchbay.linux;

import io.patchbay.base.Failure;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a PCI function sits: {@code 0000:3b:00.1}. The short form without a domain is read as
 * domain 0 and never written. Ordered by number.
 */
public record PciAddress(int domain, int bus, int device, int function)
    implements Comparable<PciAddress> {
  private static final Pattern FORM =
      Pattern.compile("(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([01][0-9a-f])\\.([0-7])");

  public PciAddress {
    if (domain < 0 || bus >>> 8 != 0 || device >>> 5 != 0 || function >>> 3 != 0) {
      throw new Failure(
          Failure.Kind.INVALID,
          "PCI numbers out of range: " + domain + " " + bus + " " + device + " " + function);
    }
  }

  /** Reads either form in either case. Throws {@link Failure} INVALID with both forms shown. */
  public static PciAddress parse(String text) {
    Matcher parts = FORM.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "'" + text + "' is not a PCI address; write 0000:3b:00.1 (or 3b:00.1)");
    }
    String domain = parts.group(1) == null ? "0" : parts.group(1);
    return new PciAddress(
        Integer.parseUnsignedInt(domain, 16),
        Integer.parseInt(parts.group(2), 16),
        Integer.parseInt(parts.group(3), 16),
        Integer.parseInt(parts.group(4), 16));
  }

  /** The function so many routing ids further on, as SR-IOV counts (offset and stride). */
  public PciAddress plus(int routingIds) {
    int id = routingId() + routingIds;
    return new PciAddress(domain, id >> 8, (id >> 3) & 31, id & 7);
  }

  private int routingId() {
    return (bus << 8) | (device << 3) | function;
  }

  @Override
  public int compareTo(PciAddress other) {
    return domain == other.domain
        ? Integer.compare(routingId(), other.routingId())
        : Integer.compare(domain, other.domain);
  }

  @Override
  public String toString() {
    HexFormat hex = HexFormat.of();
    int digits = domain >>> 16 == 0 ? 4 : 8 - Integer.numberOfLeadingZeros(domain) / 4;
    return hex.toHexDigits(domain, digits)
        + ':'
        + hex.toHexDigits((byte) bus)
        + ':'
        + hex.toHexDigits((byte) device)
        + '.'
        + function;
  }
}
