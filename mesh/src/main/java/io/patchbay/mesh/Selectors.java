package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.MonitorScopeSelector;
import io.patchbay.api.connection.PathSegment;
import java.util.List;

/** Which connections a watcher wants to hear of (contracts/nsm.md 1.3). */
final class Selectors {
  private Selectors() {}

  /**
   * The service must be among those named, if any is; and some run of the path's segments must
   * equal the selector's, where empty fields stand for anything.
   */
  static boolean matches(MonitorScopeSelector selector, Connection connection) {
    return (selector.getNetworkServicesCount() == 0
            || selector.getNetworkServicesList().contains(connection.getNetworkService()))
        && containsRun(connection.getPath().getPathSegmentsList(), selector.getPathSegmentsList());
  }

  private static boolean containsRun(List<PathSegment> path, List<PathSegment> wanted) {
    for (int start = 0; start + wanted.size() <= path.size(); start++) {
      if (runMatches(path.subList(start, start + wanted.size()), wanted)) {
        return true;
      }
    }
    return wanted.isEmpty();
  }

  private static boolean runMatches(List<PathSegment> run, List<PathSegment> wanted) {
    for (int i = 0; i < wanted.size(); i++) {
      PathSegment is = run.get(i);
      PathSegment want = wanted.get(i);
      if (!fits(want.getName(), is.getName())
          || !fits(want.getId(), is.getId())
          || !fits(want.getToken(), is.getToken())) {
        return false;
      }
    }
    return true;
  }

  private static boolean fits(String wanted, String is) {
    return wanted.isEmpty() || wanted.equals(is);
  }
}
