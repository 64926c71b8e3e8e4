package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.frame.VlanTag;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A set of VLANs, 1 to 4094. Immutable. */
public final class VlanSet {
  private static final Pattern RANGE = Pattern.compile("([1-9]\\d{0,3})(?:\\.\\.([1-9]\\d{0,3}))?");

  /** Every VLAN. */
  public static final VlanSet ALL = of(List.of("1.." + VlanTag.ID_MAX));

  private final BitSet ids = new BitSet();

  private VlanSet() {}

  /**
   * The union of entries as OpenConfig writes them: {@code 100} or {@code 200..210}. Throws {@link
   * IllegalArgumentException} naming the entry that is neither.
   */
  public static VlanSet of(List<String> entries) {
    VlanSet set = new VlanSet();
    for (String entry : entries) {
      Matcher range = RANGE.matcher(entry);
      if (!range.matches()) {
        throw none(entry);
      }
      int low = Integer.parseInt(range.group(1));
      int high = range.group(2) == null ? low : Integer.parseInt(range.group(2));
      if (high > VlanTag.ID_MAX || low > high) {
        throw none(entry);
      }
      set.ids.set(low, high + 1);
    }
    return set;
  }

  /** Whether a VLAN is in it. */
  public boolean contains(int vlan) {
    return ids.get(vlan);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VlanSet set && ids.equals(set.ids);
  }

  @Override
  public int hashCode() {
    return ids.hashCode();
  }

  @Override
  public String toString() {
    return ids.toString();
  }

  private static IllegalArgumentException none(String entry) {
    return new IllegalArgumentException(
        "'" + entry + "' is neither a VLAN from 1 to " + VlanTag.ID_MAX + " nor a range low..high");
  }
}
