package io.patchbay.hwsim.netconf;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * One change of what is running, or of what the device would boot with. Immutable.
 *
 * @param store which of them
 * @param session who made it: a session's id, or 0 for a client without one; empty for the device
 *     itself, as when it takes back what nobody has confirmed
 */
public record ConfigChange(Datastores.Name store, Data before, Data after, OptionalLong session) {
  /** One place that is other than it was, and by what operation of edit-config it would be so. */
  record Edit(InstancePath target, String operation) {}

  /** All of them in the order of the schema: as far down as both have the same, no further. */
  List<Edit> edits() {
    List<Edit> edits = new ArrayList<>();
    compare(before, after, InstancePath.ROOT, edits);
    return edits;
  }

  /** What no edit has touched is the same object on both sides, and passed over. */
  private static void compare(Data before, Data after, InstancePath path, List<Edit> edits) {
    Data olds = without(before, after);
    Data news = without(after, before);
    for (Data old : olds.children()) {
      if (news.inPlaceOf(old).isEmpty()) {
        edits.add(new Edit(path.to(old), "delete"));
      }
    }
    for (Data now : news.children()) {
      olds.inPlaceOf(now)
          .ifPresentOrElse(
              old -> compareSame(old, now, path.to(now), edits),
              () -> edits.add(new Edit(path.to(now), "create")));
    }
  }

  private static Data without(Data data, Data other) {
    Set<Data> same = Collections.newSetFromMap(new IdentityHashMap<>());
    same.addAll(other.children());
    return new Data(
        data.schema(),
        data.value(),
        data.children().stream().filter(child -> !same.contains(child)).toList());
  }

  private static void compareSame(Data old, Data now, InstancePath path, List<Edit> edits) {
    if (!old.value().equals(now.value())) {
      edits.add(new Edit(path, "replace"));
    }
    compare(old, now, path, edits);
  }
}
