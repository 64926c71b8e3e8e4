package io.patchbay.workloads;

import io.patchbay.base.Url;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Dial;
import io.patchbay.mesh.Follow;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Refresh;
import io.patchbay.mesh.Sessions;
import java.util.List;

/** What the client does with each of its connections, in this order. */
final class NscChain {
  private NscChain() {}

  /** For a client that stays, refreshes, and heals. */
  static Chain of(
      Sessions sessions, Url manager, Heal heal, Refresh refresh, Follow follow, Dial dial) {
    return Chain.of(List.of(sessions, refresh, heal, follow, towards(manager), dial));
  }

  /** For a client that connects and ends. */
  static Chain once(Sessions sessions, Url manager, Dial dial) {
    return Chain.of(List.of(sessions, towards(manager), dial));
  }

  private static Link towards(Url manager) {
    return (call, next) -> next.request(call.towards(manager));
  }
}
