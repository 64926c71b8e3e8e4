package io.patchbay.torshims.gnmi;

import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.TypedValue;
import io.patchbay.api.gnmi.Update;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Finds what is new in what a switch tells every so often: it is asked to leave out what has not
 * changed, and may tell it all the same. Called by one thread at a time, as a stream is.
 */
final class Samples {
  /** Far more than a switch has of what is asked for; then all is new once. */
  private static final int KEPT_MOST = 65_536;

  private final Map<Path, TypedValue> told = new HashMap<>();

  /** What of it has not been told so before; empty when that is nothing. */
  Optional<Notification> news(Notification sample) {
    Notification.Builder news = sample.toBuilder().clearUpdate();
    for (Path gone : sample.getDeleteList()) {
      Path place = GnmiPaths.plain(sample.getPrefix(), gone);
      told.keySet().removeIf(below -> GnmiPaths.covers(place, below));
    }
    for (Update update : sample.getUpdateList()) {
      Path place = GnmiPaths.plain(sample.getPrefix(), update.getPath());
      if (!update.getVal().equals(told.put(place, update.getVal()))) {
        news.addUpdate(update);
      }
    }
    if (told.size() > KEPT_MOST) {
      told.clear();
    }
    boolean any = news.getUpdateCount() + news.getDeleteCount() > 0;
    return any ? Optional.of(news.build()) : Optional.empty();
  }
}
