package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.FakeTime;
import io.patchbay.base.Journal;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.SwitchPorts.Ours;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a switch's writer makes of a switch that tells by itself that ports have changed, in virtual
 * time; by itself the writer would not look for hours.
 */
class DriftTest {
  private static final Duration FOREVER = Duration.ofHours(100);
  private static final Duration SOON = Duration.ofMillis(10);
  private static final Duration TENTH = Duration.ofMillis(100);
  private static final String RIGHT = "{Ethernet1=trunk VLANs 100}";
  private static final Raw BY_HAND = new Raw("by hand");

  @TempDir private Path folder;
  private final FakeTime time = new FakeTime();
  private final FakeSwitch fake = new FakeSwitch();
  private Journal journal;
  private History history;
  private SwitchWriter writer;

  @BeforeEach
  void start() {
    journal = Journal.open(folder.resolve("fabric"));
    history = History.in(folder.resolve("history"));
    SwitchPorts ports =
        new SwitchPorts(
            "tor-1",
            fake,
            new FormerPorts(journal, "tor-1"),
            new Ours(Set.of(100), 4094, Set.of("Ethernet1"), made -> {}));
    writer =
        new SwitchWriter(
            "tor-1",
            ports,
            Rig.deaf("tor-1", journal),
            new SwitchWriter.Terms(FOREVER, FOREVER, latch -> time.advance(SOON)),
            new SwitchAccount("tor-1", history, new CommitMeasures(), time),
            time);
    writer.start();
    writer.take("a", new PortClaim("tor-1", "Ethernet1", 100), FOREVER);
    assertEquals(RIGHT, fake.running());
  }

  @AfterEach
  void stop() {
    writer.close();
    journal.close();
  }

  private void writtenByHand() {
    fake.set("Ethernet1", BY_HAND);
    fake.tellsOfPorts();
  }

  private void pass(Duration duration) {
    time.advance(duration);
  }

  @Test
  void whatIsWrittenByHandIsPutRightAtOnceWhereTheSwitchTells() {
    fake.set("Ethernet1", BY_HAND);
    pass(Duration.ofHours(1));
    assertEquals("{Ethernet1=" + BY_HAND + "}", fake.running(), "nobody has told");
    fake.tellsOfPorts();
    pass(SOON);
    assertEquals(RIGHT, fake.running());
    assertEquals(1, writer.numbers().driftedPorts());
  }

  /** Of a switch that hangs up it is not known what it still has. */
  @Test
  void theHistorySaysHowItIsKnownWhatSomebodyElseHasChanged() {
    writtenByHand();
    pass(SOON);
    fake.set("Ethernet1", BY_HAND);
    fake.hangUp();
    pass(Duration.ofSeconds(5));
    assertEquals(RIGHT, fake.running());
    assertEquals(
        List.of("take", "repair, told by the switch", "repair, found by a look"),
        history.latest("", 10).stream().map(History.Event::cause).toList());
  }

  @Test
  void whatComesWhileItRestsIsFoundInTheEnd() {
    writtenByHand();
    pass(SOON);
    writtenByHand();
    pass(SOON);
    assertEquals("{Ethernet1=" + BY_HAND + "}", fake.running(), "it has just been looked at");
    pass(Duration.ofSeconds(2));
    assertEquals(RIGHT, fake.running());
  }

  @Test
  void aSwitchThatTellsWithoutEndIsLookedAtOnceASecondAtMost() {
    int before = fake.applying();
    for (int i = 0; i < 600; i++) {
      fake.tellsOfPorts();
      pass(TENTH);
    }
    int looks = fake.applying() - before;
    assertTrue(looks >= 5 && looks <= 60, looks + " looks in a minute");
    writtenByHand();
    pass(Duration.ofSeconds(10));
    assertEquals(RIGHT, fake.running());
  }

  /** Or that names nobody who has changed something. */
  @Test
  void aSwitchThatTellsOfOurOwnChangesIsNotAskedWithoutEnd() {
    fake.tellsOfCommits();
    writtenByHand();
    int before = fake.applying();
    pass(Duration.ofHours(1));
    assertEquals(RIGHT, fake.running());
    assertTrue(fake.applying() - before <= 2, fake.applying() - before + " looks");
  }

  /** Another program that takes the port for its own. */
  @Test
  void whoWritesThePortBackEachTimeIsOverruledEverMoreSeldom() {
    int before = fake.applying();
    for (int i = 0; i < 600; i++) {
      if (fake.running().equals(RIGHT)) {
        writtenByHand();
      }
      pass(TENTH);
    }
    int looks = fake.applying() - before;
    assertTrue(looks >= 5 && looks <= 20, looks + " changes in a minute");
    pass(Duration.ofSeconds(10));
    assertEquals(RIGHT, fake.running());
  }
}
