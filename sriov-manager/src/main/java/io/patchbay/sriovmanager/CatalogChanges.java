package io.patchbay.sriovmanager;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.VirtualFunction;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What one watcher has been sent, and so what it has to be sent next: the first catalog whole, of
 * each later one what is different. Used by one thread at a time.
 */
final class CatalogChanges {
  private final Map<String, VirtualFunction> sent = new HashMap<>();
  private boolean first = true;

  /** What makes of all that was sent before this catalog. */
  Catalog until(Catalog now) {
    Catalog.Builder changes = now.toBuilder().clearFunctions().setPartial(true);
    for (VirtualFunction vf : now.getFunctionsList()) {
      if (!vf.equals(sent.put(vf.getPciAddress(), vf))) {
        changes.addFunctions(vf);
      }
    }
    if (sent.size() > now.getFunctionsCount()) {
      changes.addAllGone(dropAllBut(now));
    }
    boolean whole = first;
    first = false;
    return whole ? now : changes.build();
  }

  private Set<String> dropAllBut(Catalog now) {
    Set<String> gone = new HashSet<>(sent.keySet());
    now.getFunctionsList().forEach(vf -> gone.remove(vf.getPciAddress()));
    sent.keySet().removeAll(gone);
    return gone;
  }
}
