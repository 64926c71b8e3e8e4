package io.patchbay.hwsim.gnmi;

import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.Subscription;
import io.patchbay.api.gnmi.Update;
import io.patchbay.hwsim.netconf.Data;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a client follows in one mode, and what it has been told of it. For one thread at a time. */
final class Followed {
  private final Path prefix;
  private final List<Subscription> subscriptions;
  private final Map<Path, Optional<Data>> told = new HashMap<>();

  Followed(Path prefix, List<Subscription> subscriptions) {
    this.prefix = prefix;
    this.subscriptions = List.copyOf(subscriptions);
  }

  /**
   * Adds what there is to tell.
   *
   * @param all also what is as it was when it was told last
   */
  void look(Data running, boolean all, Notification.Builder news) {
    Set<Path> paths = new LinkedHashSet<>(told.keySet());
    for (Subscription each : subscriptions) {
      Wildcards.resolved(running, prefix, each.getPath()).forEach(paths::add);
    }
    for (Path path : paths) {
      Optional<Data> now = TreePath.of(running.schema(), prefix, path).find(running);
      Optional<Data> before = told.put(path, now);
      if (!now.equals(before)) {
        now.ifPresentOrElse(data -> news.addUpdate(update(path, data)), () -> news.addDelete(path));
      } else if (all) {
        now.ifPresent(data -> news.addUpdate(update(path, data)));
      }
    }
  }

  private static Update update(Path path, Data data) {
    return Update.newBuilder().setPath(path).setVal(GnmiService.value(data)).build();
  }
}
