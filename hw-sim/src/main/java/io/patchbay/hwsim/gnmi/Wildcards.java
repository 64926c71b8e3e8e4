package io.patchbay.hwsim.gnmi;

import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.PathElem;
import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.Schema;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Keys of lists that stand for all that there are, as a path may have that is asked for or
 * followed. Pure.
 */
final class Wildcards {
  private static final String ALL = "*";

  private Wildcards() {}

  /**
   * The paths without wildcards that a path stands for: of the entries that are there; itself where
   * it has no wildcard. Throws {@link io.patchbay.base.Failure} as {@link TreePath#of}.
   */
  static Stream<Path> resolved(Data root, Path prefix, Path path) {
    return IntStream.range(0, path.getElemCount())
        .filter(place -> path.getElem(place).getKeyMap().containsValue(ALL))
        .boxed()
        .findFirst()
        .map(place -> at(place, root, prefix, path))
        .orElse(Stream.of(path));
  }

  private static Stream<Path> at(int place, Data root, Path prefix, Path path) {
    PathElem list = path.getElem(place);
    Path above =
        path.toBuilder().clearElem().addAllElem(path.getElemList().subList(0, place)).build();
    return TreePath.of(root.schema(), prefix, above)
        .find(root)
        .map(parent -> parent.all(list.getName()))
        .orElse(Stream.of())
        .flatMap(entry -> keys(list, entry).stream())
        .map(keys -> path.toBuilder().setElem(place, list.toBuilder().putAllKey(keys)).build())
        .flatMap(found -> resolved(root, prefix, found));
  }

  /** Those of an entry, if it is one that is meant. */
  private static Optional<Map<String, String>> keys(PathElem list, Data entry) {
    if (!(entry.schema() instanceof Schema.Entries schema)) {
      return Optional.empty();
    }
    Map<String, String> keys = new HashMap<>();
    schema.keys().forEach(key -> keys.put(key, entry.leaf(key).orElse("")));
    return list.getKeyMap().entrySet().stream()
            .allMatch(
                key -> key.getValue().equals(ALL) || key.getValue().equals(keys.get(key.getKey())))
        ? Optional.of(keys)
        : Optional.empty();
  }
}
