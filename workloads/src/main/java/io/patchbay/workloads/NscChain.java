package io.patchbay.workloads;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Url;
import io.patchbay.mesh.AuthorizeAnswer;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Dial;
import io.patchbay.mesh.Follow;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Refresh;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.policy.Policies;
import java.util.List;

/** What the client does with each of its connections, in this order. */
final class NscChain {
  private NscChain() {}

  /** For a client that stays, refreshes, and heals. */
  static Chain of(Sessions sessions, Heal heal, Refresh refresh, Follow follow, Door manager) {
    return Chain.of(
        List.of(
            sessions,
            refresh,
            heal,
            follow,
            manager::towards,
            new AuthorizeAnswer(manager.policies()),
            manager.dial()));
  }

  /** For a client that connects and ends. */
  static Chain once(Sessions sessions, Door manager) {
    return Chain.of(
        List.of(
            sessions, manager::towards, new AuthorizeAnswer(manager.policies()), manager.dial()));
  }

  /**
   * The node's manager.
   *
   * @param policies what its answers must satisfy
   */
  record Door(Url url, Dial dial, Policies policies) {
    Connection towards(Call call, Handler next) {
      return next.request(call.towards(url));
    }
  }
}
