package io.patchbay.torshims.gnmi;

import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.PathElem;
import java.util.stream.Stream;

/** Places that a switch tells of, and those that it is to tell of. Pure. */
final class GnmiPaths {
  /** As a key of a list: all its entries. */
  static final String ALL = "*";

  private GnmiPaths() {}

  /** A path behind its prefix, without prefixes of modules, targets and origins. */
  static Path plain(Path prefix, Path path) {
    Path.Builder plain = Path.newBuilder();
    Stream.of(prefix, path)
        .flatMap(part -> part.getElemList().stream())
        .forEach(elem -> plain.addElem(elem.toBuilder().setName(JsonIetf.plain(elem.getName()))));
    return plain.build();
  }

  /** Whether a place is that of a path, which may have wildcards, or below it. Both are plain. */
  static boolean covers(Path path, Path place) {
    if (path.getElemCount() > place.getElemCount()) {
      return false;
    }
    for (int i = 0; i < path.getElemCount(); i++) {
      if (!covers(path.getElem(i), place.getElem(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean covers(PathElem elem, PathElem place) {
    return elem.getName().equals(place.getName())
        && elem.getKeyMap().entrySet().stream()
            .allMatch(key ->
                key.getValue().equals(ALL)
                    || key.getValue().equals(place.getKeyMap().get(key.getKey())));
  }

  /** Whether it is of what a switch does and counts, not of what it is configured to do. */
  static boolean isState(Path place) {
    return place.getElemList().stream().anyMatch(elem -> elem.getName().equals(JsonIetf.STATE));
  }
}
