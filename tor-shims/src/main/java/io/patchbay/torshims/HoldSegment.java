package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.VlanParameters;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Writes the service's VLAN into the mechanism. The VLAN belongs to the service for good, so a
 * session has nothing of it to give back.
 */
final class HoldSegment implements Link {
  /** A shim that has just started is about to read its switches. */
  private static final Duration READING = Duration.ofSeconds(10);

  /** So that a refusal still reaches its caller. */
  private static final Duration ANSWER = Duration.ofSeconds(1);

  private static final Duration PAUSE = Duration.ofMillis(20);

  private final FabricServices fabric;
  private final Segments segments;
  private final Time time;
  private final Instant read;

  HoldSegment(FabricServices fabric, Segments segments, Time time) {
    this.fabric = fabric;
    this.segments = segments;
    this.time = time;
    this.read = time.now().plus(READING);
  }

  @Override
  public Connection request(Call call, Handler next) {
    Mechanism located = call.connection().getMechanism();
    Optional<Integer> had = VlanParameters.of(located).flatMap(VlanParameters::vlanId);
    int vlan = vlan(call, had);
    Mechanism tagged = Plug.tagged(located, vlan);
    return next.request(call.edit(connection -> connection.setMechanism(tagged)));
  }

  private int vlan(Call call, Optional<Integer> had) {
    FabricService service = fabric.find(call.connection().getNetworkService());
    Instant latest = call.deadline().minus(ANSWER);
    Instant end = read.isBefore(latest) ? read : latest;
    while (true) {
      try {
        return segments.vlan(service, had);
      } catch (Failure e) {
        if (e.kind() != Failure.Kind.UNAVAILABLE || !time.now().plus(PAUSE).isBefore(end)) {
          throw e;
        }
      }
      pause();
    }
  }

  private void pause() {
    try {
      time.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted while waiting for a switch", e);
    }
  }
}
