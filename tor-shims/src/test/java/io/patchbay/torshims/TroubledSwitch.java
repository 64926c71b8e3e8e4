package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.torshims.PortConfig.Raw;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/**
 * A {@link FakeSwitch} that is slow, and has whatever troubles switches have, as a driver that
 * keeps its contract passes them on. It outlives the processes that speak to it.
 */
final class TroubledSwitch {
  /** What is wrong with it; with each commit or not, as is drawn. */
  enum Trouble {
    NONE,
    UNREACHABLE,
    /** The switch says no. */
    REFUSES,
    /** It says yes and does nothing, which the driver sees; or no, and has done it. */
    LIES,
    /** Nobody knows whether it has done it. */
    LOSES_REPLIES,
    /** It does it once its caller has given up. */
    LATE,
    /** It does it, and takes it back when nobody can tell it to keep it. */
    TAKES_BACK,
    SLOW,
    /** A stranger has its lock. */
    LOCKED
  }

  private static final Duration TAKEN_BACK = Duration.ofSeconds(30);

  final FakeSwitch fake = new FakeSwitch();
  private final String name;
  private final Random random;
  private final boolean confirms;
  private Trouble trouble = Trouble.NONE;
  private Instant troubledUntil = Instant.MIN;

  /** What it will do by itself at that time, or before it hears the next word. */
  private Runnable pending = () -> {};

  private Instant pendingAt = Instant.MAX;
  private int cancels;

  /**
   * @param confirms whether its commits have two halves
   */
  TroubledSwitch(String name, boolean confirms, Random random) {
    this.name = name;
    this.confirms = confirms;
    this.random = random;
  }

  void trouble(Trouble next, Instant now) {
    if (trouble != Trouble.NONE) {
      troubledUntil = now;
    }
    trouble = next;
    if (next == Trouble.UNREACHABLE && random.nextBoolean()) {
      fake.hangUp();
    }
  }

  /** How often something was not confirmed but cancelled. */
  int cancels() {
    return cancels;
  }

  /** Whether it may not have answered what it was asked since then. */
  boolean wasTroubled(Instant since) {
    return trouble != Trouble.NONE || !troubledUntil.isBefore(since);
  }

  /** What it does by itself by that time. */
  void pass(Instant now) {
    if (!now.isBefore(pendingAt)) {
      actAlone();
    }
  }

  private void actAlone() {
    if (pendingAt.equals(Instant.MAX)) {
      return;
    }
    Runnable act = pending;
    actLater(() -> {}, Instant.MAX);
    act.run();
    mayTell();
  }

  /** Some tell that something has changed, once or more, and some do not. */
  void mayTell() {
    if (random.nextBoolean()) {
      for (int times = 1 + random.nextInt(3); times > 0; times--) {
        fake.tellsOfPorts();
      }
    }
  }

  private void actLater(Runnable act, Instant when) {
    pending = act;
    pendingAt = when;
  }

  /** Puts all of it back as it is now, but for ports that are not named. */
  private Runnable takingBack(Map<String, PortConfig> before) {
    Map<Integer, String> vlans = fake.vlans();
    return () -> {
      before.forEach(fake::set);
      fake.setVlans(vlans);
    };
  }

  /** As a process of this life sees it. */
  SwitchDriver seenBy(Life life, VlanNames names, Time time) {
    fake.makesVlans(names);
    return new Seen(life, time);
  }

  private final class Seen implements SwitchDriver {
    private final Life life;
    private final Time time;
    private Watcher watcher = () -> {};

    Seen(Life life, Time time) {
      this.life = life;
      this.time = time;
    }

    @Override
    public Map<String, PortReading> read(Set<String> ports) {
      return speak(() -> fake.read(ports));
    }

    @Override
    public Map<String, PortReading> apply(Map<String, PortConfig> wanted, Duration patience) {
      return speak(() -> change(wanted, patience));
    }

    @Override
    public boolean makesVlans() {
      return fake.makesVlans();
    }

    @Override
    public Map<Integer, String> madeVlans(Set<Integer> some) {
      return speak(() -> fake.madeVlans(some));
    }

    @Override
    public void removeVlans(Set<Integer> some) {
      var unused =
          speak(() -> {
            if (!fake.madeVlans(some).isEmpty()) {
              remove(some);
            }
            return some;
          });
    }

    private void remove(Set<Integer> some) {
      boolean fails = trouble != Trouble.NONE && random.nextBoolean();
      if (!fails || random.nextBoolean()) {
        fake.removeVlans(some);
      }
      life.cross();
      if (fails) {
        throw new Failure(Failure.Kind.TIMEOUT, "no answer of " + name);
      }
    }

    private <T> T speak(Callable<T> what) {
      life.cross();
      pause(Duration.ofMillis(random.nextInt(30)));
      if (trouble == Trouble.UNREACHABLE) {
        throw new Failure(Failure.Kind.UNAVAILABLE, name + " cannot be reached");
      }
      actAlone();
      try {
        T answer = what.call();
        life.cross();
        return answer;
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    private void pause(Duration duration) {
      try {
        time.sleep(duration);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    private Map<String, PortReading> change(Map<String, PortConfig> wanted, Duration patience) {
      Map<String, PortConfig> before = new TreeMap<>();
      Map<String, PortReading> now = fake.read(wanted.keySet());
      watcher.finds(now);
      life.cross(); // after all is owned, before anything is written
      now.forEach((port, reading) -> {
        if (!fake.at(port).equals(wanted.get(port))) {
          before.put(port, fake.at(port));
        }
      });
      if (before.isEmpty() && fake.lacking(wanted).isEmpty()) {
        return Map.of();
      }
      Runnable takingBack = takingBack(before);
      switch (trouble == Trouble.LOCKED || random.nextBoolean() ? trouble : Trouble.NONE) {
        case UNREACHABLE, NONE -> {}
        case REFUSES -> throw new Failure(Failure.Kind.INVALID, name + " refuses " + wanted);
        case LIES -> {
          if (random.nextBoolean()) {
            throw new Failure(Failure.Kind.INTERNAL, name + " says it has, but has not " + wanted);
          }
        }
        case LOSES_REPLIES -> {
          if (random.nextBoolean()) {
            fake.apply(wanted, patience);
          }
          fake.hangUp();
          throw new Failure(Failure.Kind.TIMEOUT, "no answer of " + name);
        }
        case LATE -> {
          var unused = fake.tell(wanted);
          Map<Integer, String> lacking = fake.lacking(wanted);
          actLater(
              () -> {
                wanted.forEach(fake::set);
                Map<Integer, String> vlans = fake.vlans();
                vlans.putAll(lacking);
                fake.setVlans(vlans);
              },
              time.now().plus(TAKEN_BACK));
          throw new Failure(Failure.Kind.TIMEOUT, "no answer of " + name);
        }
        case TAKES_BACK -> {
          fake.apply(wanted, patience);
          actLater(takingBack, time.now().plus(TAKEN_BACK));
          throw new Failure(Failure.Kind.UNAVAILABLE, name + " has hung up");
        }
        case SLOW -> pause(Duration.ofMillis(random.nextInt(9000)));
        case LOCKED -> {
          pause(patience);
          throw new Failure(
              Failure.Kind.UNAVAILABLE, name + " is locked", new LockHeld("held by session 7"));
        }
      }
      life.cross();
      Map<String, PortReading> written = fake.apply(wanted, patience);
      mayTell(); // its user is told as others are
      actLater(takingBack, time.now().plus(TAKEN_BACK));
      life.cross(); // between the commit and its confirmation
      confirm();
      return written;
    }

    private void confirm() {
      if (confirms) {
        try {
          watcher.confirms(TAKEN_BACK.dividedBy(3));
        } catch (Failure e) {
          cancels++;
          actAlone();
          throw e;
        }
        if (trouble == Trouble.UNREACHABLE || pendingAt.equals(Instant.MAX)) { // in the meantime
          throw new Failure(Failure.Kind.UNAVAILABLE, name + " has nothing to confirm, or is away");
        }
      }
      actLater(() -> {}, Instant.MAX);
    }

    @Override
    public void watch(Watcher told) {
      watcher = told;
      fake.watch(
          new Watcher() {
            @Override
            public void lost() {
              if (!life.over()) {
                told.lost();
              }
            }

            @Override
            public void portsChanged() {
              if (!life.over()) {
                told.portsChanged();
              }
            }

            @Override
            public void overwrites(Map<String, PortReading> before) {
              told.overwrites(before);
            }
          });
    }

    @Override
    public void close() {}
  }

  /**
   * A reboot, to what somebody had saved: ports that are not named are as they are, and the VLANs
   * or none.
   */
  void reboot(Map<String, PortConfig> saved) {
    actAlone();
    saved.forEach(fake::set);
    if (random.nextBoolean()) {
      fake.setVlans(Map.of());
    }
    fake.hangUp();
  }

  /** What a port should be put back to, as the driver tells it. */
  static PortConfig raw(PortConfig config) {
    return config instanceof Raw ? config : new Raw("written as " + config);
  }
}
