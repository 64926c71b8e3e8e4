package io.patchbay.bench;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.ConnectionEvent;
import io.patchbay.api.connection.State;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.cli.Measurement;
import io.patchbay.hwsim.frame.Cable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;

/**
 * How long from when a switch port loses its link until whoever watches a shim hears that the
 * connection on it is DOWN. The times between a link that is back and its next loss are spread
 * evenly over as long as a shim leaves between two looks at a switch that does not tell by itself.
 */
final class LinkLoss {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);

  private final Path folder;
  private final Time time;

  LinkLoss(Path folder, Time time) {
    this.folder = folder;
    this.time = time;
  }

  /**
   * @param switches what is spoken with the switch
   * @param how what is said of it in the report
   */
  List<Measurement> measure(Management switches, String how, int cuts) {
    Samples samples = new Samples(time);
    try (Stack opened = new Stack()) {
      SwitchFleet fleet = opened.push(new SwitchFleet(folder, switches, 1, 1, time));
      Cable cable = opened.push(fleet.plug(0, 0));
      ShimProcess shim = opened.push(new ShimProcess(Folders.below(folder, "s"), fleet, time));
      Connection connection = shim.request("cut", SwitchFleet.vf(0, 0));
      Await.until("the link is seen", PATIENCE, shim::allLinked);
      Iterator<ConnectionEvent> events = shim.monitor();
      await(events, State.UP);
      for (int cut = -1; cut < cuts; cut++) {
        if (cut == 0) {
          samples.clear();
        }
        pause(BETWEEN_LOOKS.multipliedBy(Math.max(0, cut)).dividedBy(cuts));
        samples.time(() -> {
          cable.unplug();
          await(events, State.DOWN);
        });
        cable.plug();
        await(events, State.UP);
      }
      shim.close(connection);
    }
    String link = "link lost to DOWN, " + how;
    return List.of(
        Measurement.of(link + " p50", samples.p50(), "ms"),
        Measurement.of(link + ", slowest of " + cuts, samples.most(), "ms"));
  }

  private static void await(Iterator<ConnectionEvent> events, State state) {
    ConnectionEvent event = events.next();
    if (event.getConnectionsMap().values().stream().anyMatch(each -> each.getState() != state)) {
      throw new Failure(Failure.Kind.INTERNAL, "told this instead of " + state + ": " + event);
    }
  }

  private void pause(Duration pause) {
    try {
      time.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted", e);
    }
  }
}
