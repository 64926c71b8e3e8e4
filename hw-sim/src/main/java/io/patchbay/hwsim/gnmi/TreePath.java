package io.patchbay.hwsim.gnmi;

import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.PathElem;
import io.patchbay.base.Failure;
import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.DataJson;
import io.patchbay.hwsim.netconf.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Where a gNMI path leads in a device's data. Immutable.
 *
 * @param steps from below the root, each an empty node of the place; an entry with its keys
 */
record TreePath(List<Data> steps) {
  TreePath {
    steps = List.copyOf(steps);
  }

  /**
   * Follows a path behind its prefix. Throws {@link Failure}: NOT_FOUND for a name that the device
   * does not know, INVALID for a list without its keys and for wildcards that are not resolved.
   */
  static TreePath of(Schema root, Path prefix, Path path) {
    for (String origin : List.of(prefix.getOrigin(), path.getOrigin())) {
      if (!origin.isEmpty() && !origin.equals("openconfig")) {
        throw new Failure(Failure.Kind.INVALID, "no data of origin '" + origin + "'");
      }
    }
    List<Data> steps = new ArrayList<>();
    Schema at = root;
    for (PathElem elem :
        Stream.concat(prefix.getElemList().stream(), path.getElemList().stream()).toList()) {
      at = DataJson.child(at, elem.getName());
      steps.add(step(at, elem));
    }
    return new TreePath(steps);
  }

  private static Data step(Schema schema, PathElem elem) {
    if (!(schema instanceof Schema.Entries list)) {
      if (elem.getKeyCount() > 0) {
        throw new Failure(Failure.Kind.INVALID, schema.name() + " is no list, it has no keys");
      }
      return Data.empty(schema);
    }
    Data entry = Data.empty(list);
    for (Schema.Leaf key : list.keyLeaves()) {
      String text = elem.getKeyOrDefault(key.name(), "");
      if (elem.getKeyCount() != list.keys().size() || text.isEmpty() || text.equals("*")) {
        throw new Failure(
            Failure.Kind.INVALID,
            "one entry of " + list.name() + " is told by its " + String.join(" and ", list.keys()));
      }
      entry = entry.with(Data.leaf(key, DataJson.canonical(key, text)));
    }
    return entry;
  }

  /** What is there. */
  Optional<Data> find(Data root) {
    Optional<Data> at = Optional.of(root);
    for (Data step : steps) {
      at = at.flatMap(node -> node.inPlaceOf(step));
    }
    return at;
  }

  /** Whether clients may change what is there. */
  boolean isEditable() {
    return steps.stream().allMatch(step -> step.schema().editable());
  }

  /**
   * The tree with another node in that place.
   *
   * @param change is given what is there, or an empty node; gives what is to be there, if anything
   */
  Data change(Data root, Function<Data, Optional<Data>> change) {
    return steps.isEmpty() ? change.apply(root).orElse(root) : change(root, steps, change);
  }

  private static Data change(Data parent, List<Data> steps, Function<Data, Optional<Data>> change) {
    Data step = steps.getFirst();
    Optional<Data> there = parent.inPlaceOf(step);
    Data now = there.orElse(step);
    Optional<Data> then =
        steps.size() == 1
            ? change.apply(now)
            : Optional.of(change(now, steps.subList(1, steps.size()), change))
                .filter(below -> there.isPresent() || !below.equals(step));
    return then.filter(node -> !node.isEmpty())
        .map(parent::with)
        .orElseGet(() -> parent.without(now));
  }
}
