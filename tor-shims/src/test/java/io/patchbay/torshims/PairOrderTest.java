package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Time;
import io.patchbay.torshims.SwitchPorts.Ours;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Pairs of many switches at once, in virtual time that goes on only when all wait: whoever waits in
 * a circle is seen by it.
 */
class PairOrderTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** So long nobody waits but for a twin that says nothing. */
  private static final Duration IN_VAIN = Duration.ofSeconds(5);

  private final Life life = new Life();

  /** Some switches, and who asks for pairs of them. */
  private final class Play {
    private final Random random;
    private final Stage stage;
    private final Time time;
    private final Map<String, TroubledSwitch> switches = new TreeMap<>();
    private final Map<String, SwitchWriter> writers = new TreeMap<>();
    private final SeveralPorts ports;
    private final List<String> served = new ArrayList<>();
    private final List<String> refused = new ArrayList<>();
    private Instant last;

    Play(long seed, int count) {
      random = new Random(seed);
      stage = new Stage(random);
      time = stage.time(life);
      last = time.now();
      Journal kept = Journal.open(new FakeDisk(random).open(life));
      for (int i = 1; i <= count; i++) {
        String name = "tor-" + i;
        TroubledSwitch tor = new TroubledSwitch(name, true, random);
        switches.put(name, tor);
        writers.put(name, writer(name, tor, kept));
      }
      ports = new SeveralPorts(writers, time);
      writers.values().forEach(SwitchWriter::start);
    }

    private SwitchWriter writer(String name, TroubledSwitch tor, Journal kept) {
      HeardDriver heard = new HeardDriver(tor.seenBy(life, VlanNames.NUMBERS, time));
      Ours ours = new Ours(Set.of(), 4094, Set.of(), made -> {});
      Duration hour = Duration.ofHours(1);
      return new SwitchWriter(
          name,
          new SwitchPorts(name, heard, new FormerPorts(kept, name), ours),
          Rig.deaf(name, kept),
          new SwitchWriter.Terms(hour, hour, stage::await),
          new SwitchAccount(name, History.none(), new CommitMeasures(), time),
          time);
    }

    /** Asks for a port of each, sooner or later, and gives both back if it is refused. */
    void ask(String who, String one, String other, int vlan, Duration within) {
      stage.start(
          life,
          () -> {
            pause(Duration.ofMillis(random.nextInt((int) within.toMillis() + 1)));
            PortClaim first = new PortClaim(one, who, vlan);
            PortClaim second = new PortClaim(other, who, vlan);
            try {
              SeveralPorts.await(
                  ports.beginBoth(who, first, second, time.now().plus(PATIENCE)), 2, why -> {});
              served.add(who);
            } catch (Failure e) {
              refused.add(who);
            }
            last = time.now();
          });
    }

    private void pause(Duration duration) {
      try {
        time.sleep(duration);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    Duration play() {
      Instant start = time.now();
      stage.advance(PATIENCE.multipliedBy(2), life);
      return Duration.between(start, last);
    }

    boolean carries(String name, String port) {
      return switches.get(name).fake.at(port) instanceof PortConfig.Trunk;
    }

    int commits(String name) {
      return switches.get(name).fake.commits().size();
    }
  }

  static IntStream seeds() {
    return IntStream.range(1, 41);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void nobodyWaitsInACircle(int seed) {
    Play play = new Play(seed, 5);
    Map<String, List<String>> ends = new TreeMap<>();
    play.switches.get("tor-2").fake.refuse(200);
    play.switches.get("tor-4").fake.refuse(300);
    List<Integer> vlans = List.of(100, 100, 100, 100, 200, 300);
    for (int i = 0; i < 40; i++) {
      int one = 1 + play.random.nextInt(5);
      int other = 1 + (one + play.random.nextInt(4)) % 5;
      int vlan = vlans.get(play.random.nextInt(vlans.size()));
      String who = "c" + i;
      ends.put(who, List.of("tor-" + one, "tor-" + other));
      play.ask(who, "tor-" + one, "tor-" + other, vlan, Duration.ofMillis(300));
    }
    Duration took = play.play();
    assertTrue(took.compareTo(IN_VAIN) < 0, () -> "it took " + took);
    assertEquals(40, play.served.size() + play.refused.size());
    ends.forEach((who, names) ->
        names.forEach(name ->
            assertEquals(play.served.contains(who), play.carries(name, who), who + " at " + name)));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void manyAtOnceAreAHandfulOfCommits(int seed) {
    Play play = new Play(seed, 2);
    for (int i = 0; i < 64; i++) {
      boolean turned = i % 2 == 0;
      play.ask(
          "c" + i,
          turned ? "tor-1" : "tor-2",
          turned ? "tor-2" : "tor-1",
          100,
          Duration.ofMillis(5));
    }
    Duration took = play.play();
    assertTrue(took.compareTo(IN_VAIN) < 0, () -> "it took " + took);
    assertEquals(64, play.served.size());
    play.switches
        .keySet()
        .forEach(
            name -> assertTrue(play.commits(name) <= 4, () -> play.commits(name) + " commits"));
  }

  /** No more than the slower of the two takes by itself, and its confirmation. */
  @Test
  void oneByItselfWaitsForTheSlowerSwitchOnly() {
    Play play = new Play(1, 2);
    play.ask("c", "tor-1", "tor-2", 100, Duration.ZERO);
    Duration took = play.play();
    assertTrue(took.compareTo(Duration.ofMillis(200)) < 0, () -> "it took " + took);
    assertEquals(List.of("c"), play.served);
  }
}
