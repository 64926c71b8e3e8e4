package io.patchbay.deviceplugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.sockets.Channels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SriovManagerClientTest {
  @TempDir Path folder;
  private final Stack opened = new Stack();
  private final Sights sights = new Sights(Time.system());
  private final List<Sight> told = new CopyOnWriteArrayList<>();

  /** So often the first follower fails when it is told of something. */
  private final AtomicInteger failures = new AtomicInteger(1);

  @AfterEach
  void stop() {
    opened.close();
  }

  private void fail(Sight sight) {
    if (!sight.equals(Sight.NONE) && failures.getAndDecrement() > 0) {
      throw new IllegalStateException("once");
    }
    told.add(sight);
  }

  @Test
  void aFollowerThatFailsIsToldAgainAndKeepsNothingFromTheOthers() {
    List<Sight> others = new CopyOnWriteArrayList<>();
    var unused = sights.follow(this::fail);
    unused = sights.follow(others::add);
    Path socket = folder.resolve("vf.sock");
    FakeManager manager = opened.push(new FakeManager(socket));
    manager.start();
    manager.has(1, "example.com/100g");
    Channels channels = opened.push(new Channels());
    opened.push(
        new SriovManagerClient(
            channels.to(new Url("unix", socket.toString())), sights, Time.system()));
    Await.until("told again", Duration.ofSeconds(10), () -> told.size() == 2);
    assertEquals(told.getLast(), others.get(1));
    manager.has(2, "example.com/100g");
    Await.until(
        "followed on",
        Duration.ofSeconds(10),
        () -> told.getLast().functions("example.com/100g").size() == 2);
    assertEquals(told.getLast(), others.getLast());
  }

  /**
   * The manager waits a part of it for a VF on its way home, and refuses while somebody listens.
   */
  @Test
  void theKubeletIsToldWithinHalfAMinute() {
    Path socket = folder.resolve("vf.sock");
    FakeManager manager = opened.push(new FakeManager(socket));
    manager.start();
    manager.has(1, "example.com/100g");
    Channels channels = opened.push(new Channels());
    SriovManagerClient client =
        opened.push(
            new SriovManagerClient(
                channels.to(new Url("unix", socket.toString())), sights, Time.system()));
    assertEquals(1, client.reserve("example.com/100g", List.of("0000:3b:01.0")).size());
    long millis = manager.patience.getFirst();
    assertTrue(millis > 15_000 && millis <= 25_000, millis + " ms");
  }
}
