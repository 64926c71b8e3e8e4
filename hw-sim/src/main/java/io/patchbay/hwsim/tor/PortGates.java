package io.patchbay.hwsim.tor;

import io.patchbay.base.Time;
import io.patchbay.hwsim.frame.Frame;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who passes the ports of a switch in one direction: a port's ACLs judge first, then its policer,
 * which does not count what they drop. It owns the policers' buckets. Safe for all threads.
 */
final class PortGates {
  private record Gate(List<AccessList> lists, Optional<TokenBucket> bucket) {}

  private final DropReason denied;
  private final DropReason exceeded;
  private final Time time;
  private volatile Map<String, Gate> gates = Map.of();

  /**
   * Gates that let all pass.
   *
   * @param denied why a frame goes nowhere that an ACL drops
   * @param exceeded why one does that a policer drops
   */
  PortGates(DropReason denied, DropReason exceeded, Time time) {
    this.denied = denied;
    this.exceeded = exceeded;
    this.time = time;
  }

  /**
   * Works by these from now on; a port that is not named lets all pass. A policer whose rate stays
   * goes on with what it has left. Not to be called by two threads at once.
   */
  void follow(Map<String, PortPolicy> policies) {
    Map<String, Gate> next = new HashMap<>();
    policies.forEach((port, policy) ->
        next.put(port, new Gate(policy.lists(), policy.rate().map(rate -> bucket(port, rate)))));
    gates = Map.copyOf(next);
  }

  private TokenBucket bucket(String port, Rate rate) {
    return Optional.ofNullable(gates.get(port))
        .flatMap(Gate::bucket)
        .filter(bucket -> bucket.rate().equals(rate))
        .orElseGet(() -> new TokenBucket(rate, time));
  }

  /** Why a frame may not pass a port, if it may not. */
  Optional<DropReason> refusal(String port, Frame frame) {
    Gate gate = gates.get(port);
    if (gate == null) {
      return Optional.empty();
    }
    if (!gate.lists().isEmpty()) {
      AccessList.Packet packet = AccessList.Packet.of(frame);
      if (!gate.lists().stream().allMatch(list -> list.accepts(packet))) {
        return Optional.of(denied);
      }
    }
    return gate.bucket().filter(bucket -> !bucket.takes(frame.length())).map(full -> exceeded);
  }
}
