package io.patchbay.workloads;

import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Dial;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Refresh;
import io.patchbay.mesh.Sessions;
import java.time.Duration;
import java.util.List;

/** What the client does with each of its connections, in this order. */
final class NscChain {
  private NscChain() {}

  /** For a client that stays, and refreshes. */
  static Chain of(Sessions sessions, Url manager, Duration patience, Dial dial, Time time) {
    return Chain.of(List.of(sessions, new Refresh(time, patience), towards(manager), dial));
  }

  /** For a client that connects and ends. */
  static Chain once(Sessions sessions, Url manager, Dial dial) {
    return Chain.of(List.of(sessions, towards(manager), dial));
  }

  private static Link towards(Url manager) {
    return (call, next) -> next.request(call.towards(manager));
  }
}
