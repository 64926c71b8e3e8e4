package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Which VFs of a PF, by the numbers that the NIC knows them by: {@code 0-3,6}. Immutable. */
record VfNumbers(List<Range> ranges) {
  /** The field of the SR-IOV capability has 16 bits. */
  private static final int HIGHEST = 65_535;

  private static final Pattern FORM = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");

  /** Every VF there may be. */
  static final VfNumbers ALL = new VfNumbers(List.of(new Range(0, HIGHEST)));

  VfNumbers {
    ranges = List.copyOf(ranges);
  }

  /** Numbers in a row, both ends included. */
  record Range(int first, int last) {
    Range {
      if (first > last || last > HIGHEST) {
        throw invalid(
            "VF numbers "
                + first
                + "-"
                + last
                + " go from the lower to the higher one, at most"
                + " to "
                + HIGHEST);
      }
    }

    private static Range parse(String text) {
      Matcher parts = FORM.matcher(text.strip());
      if (!parts.matches()) {
        throw invalid("'" + text + "' is not a VF number, nor a range; write for example 0-3,6");
      }
      int first = Integer.parseInt(parts.group(1));
      return new Range(first, parts.group(2) == null ? first : Integer.parseInt(parts.group(2)));
    }

    @Override
    public String toString() {
      return first == last ? Integer.toString(first) : first + "-" + last;
    }
  }

  /** Reads {@code 0-3,6}. Throws {@link Failure} of kind INVALID. */
  static VfNumbers parse(String text) {
    List<Range> ranges = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      ranges.add(Range.parse(part));
    }
    return new VfNumbers(ranges);
  }

  boolean contains(int number) {
    for (Range range : ranges) {
      if (range.first <= number && number <= range.last) {
        return true;
      }
    }
    return false;
  }

  boolean isEmpty() {
    return ranges.isEmpty();
  }

  /** Those of either. */
  VfNumbers or(VfNumbers other) {
    List<Range> both = new ArrayList<>(ranges);
    both.addAll(other.ranges);
    return new VfNumbers(both);
  }

  /** Those in both. */
  VfNumbers and(VfNumbers other) {
    List<Range> common = new ArrayList<>();
    for (Range one : ranges) {
      for (Range two : other.ranges) {
        int first = Math.max(one.first, two.first);
        int last = Math.min(one.last, two.last);
        if (first <= last) {
          common.add(new Range(first, last));
        }
      }
    }
    return new VfNumbers(common);
  }

  @Override
  public String toString() {
    return equals(ALL)
        ? "all"
        : ranges.stream().map(Range::toString).collect(Collectors.joining(","));
  }

  private static Failure invalid(String message) {
    return new Failure(Failure.Kind.INVALID, message);
  }
}
