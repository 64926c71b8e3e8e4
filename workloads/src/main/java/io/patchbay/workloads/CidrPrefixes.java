package io.patchbay.workloads;

import io.patchbay.base.Failure;
import io.patchbay.linux.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Whence addresses come, as {@code NSM_CIDR_PREFIX} says it (contracts/nsm.md section 10): {@code
 * a,b} are two pools, each client gets an address pair of each; {@code [a,b],[c]} are groups, where
 * the next prefix serves when the former is exhausted.
 */
record CidrPrefixes(List<List<IpPrefix>> groups) {
  private static final Pattern GROUP =
      Pattern.compile("\\G\\s*(?:\\[([^\\[\\]]*)]|([^,\\[\\]]+))\\s*(,|$)");

  CidrPrefixes {
    groups = groups.stream().map(List::copyOf).toList();
    List<IpPrefix> all = groups.stream().flatMap(List::stream).toList();
    for (int i = 0; i < all.size(); i++) {
      for (IpPrefix other : all.subList(0, i)) {
        if (other.contains(all.get(i).address()) || all.get(i).contains(other.address())) {
          throw new Failure(
              Failure.Kind.INVALID,
              other + " and " + all.get(i) + " overlap: an address could be given twice");
        }
      }
    }
  }

  /** Reads the variable's value. Throws Failure INVALID naming the variable. */
  static CidrPrefixes parse(String text) {
    try {
      return new CidrPrefixes(text.isBlank() ? List.of() : groups(text));
    } catch (Failure e) {
      throw new Failure(
          Failure.Kind.INVALID, "NSM_CIDR_PREFIX='" + text + "': " + Failure.text(e), e);
    }
  }

  private static List<List<IpPrefix>> groups(String text) {
    List<List<IpPrefix>> groups = new ArrayList<>();
    Matcher group = GROUP.matcher(text);
    int end = 0;
    boolean more = true;
    while (more && group.find()) {
      String prefixes = group.group(1) == null ? group.group(2) : group.group(1);
      groups.add(
          Stream.of(prefixes.split(",", -1)).map(String::strip).map(IpPrefix::parse).toList());
      end = group.end();
      more = group.group(3).equals(",");
    }
    if (more || end < text.length()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "cannot be read from character " + (end + 1) + " on; write a,b or [a,b],[c]");
    }
    return groups;
  }
}
