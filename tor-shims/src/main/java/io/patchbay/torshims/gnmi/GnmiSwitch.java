package io.patchbay.torshims.gnmi;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.gnmi.Encoding;
import io.patchbay.api.gnmi.GetRequest;
import io.patchbay.api.gnmi.GetResponse;
import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.Update;
import io.patchbay.api.gnmiext.Commit;
import io.patchbay.api.gnmiext.CommitCancel;
import io.patchbay.api.gnmiext.CommitConfirm;
import io.patchbay.api.gnmiext.CommitRequest;
import io.patchbay.api.gnmiext.Extension;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.sockets.Statuses;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.SwitchEntry.Gnmi;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A switch spoken to by gNMI (contracts tor.md 3): one Set is one transaction, and what the switch
 * answers is believed only when a Get has shown it. Where the entry says that the switch knows the
 * commit extension, the change is undone by the switch itself unless it is confirmed after that
 * look; elsewhere this driver puts back what was there before. One thread at a time.
 */
public final class GnmiSwitch implements SwitchDriver {
  private static final Logger log = LoggerFactory.getLogger(GnmiSwitch.class);
  private static final Backoff BUSY = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1));

  /** A switch that refuses for good says it with the same code as one that is busy. */
  private static final int TRIES = 5;

  private final SwitchEntry entry;
  private final boolean confirms;
  private final GnmiDoor door;
  private final String commit;
  private final Time time;
  private Runnable lost = () -> {};

  /** Whether a change of ours, perhaps of an earlier process, may await its confirmation. */
  private boolean leftover;

  /**
   * Connects when it is first used.
   *
   * @param gnmi the entry's section
   * @param commit names this shim's unconfirmed changes on that switch: the same after a restart,
   *     unlike any other shim's
   */
  public GnmiSwitch(SwitchEntry entry, Gnmi gnmi, String commit, Time time) {
    this.entry = entry;
    this.confirms = gnmi.confirmsCommits();
    this.commit = commit;
    this.time = time;
    this.door = new GnmiDoor(entry, gnmi);
    this.leftover = confirms;
  }

  @Override
  public void watch(Runnable lost) {
    this.lost = lost;
  }

  @Override
  public Map<String, PortReading> read(Set<String> ports) {
    try {
      cancelLeftover();
      return get(ports);
    } catch (Failure e) {
      throw noted(e);
    }
  }

  @Override
  public void apply(Map<String, PortConfig> wanted, Duration patience) {
    long end = time.nanos() + patience.toNanos();
    try {
      cancelLeftover();
      Map<String, PortReading> before = get(wanted.keySet());
      Map<String, PortConfig> different = different(wanted, before);
      if (!different.isEmpty()) {
        log.info("{}: {}", entry.who(), different);
        if (confirms) {
          changeAndConfirm(different, end);
        } else {
          changeOrPutBack(different, before, end);
        }
      }
    } catch (Failure e) {
      throw noted(e);
    }
  }

  /** A connection that is gone is made anew, with what the files of the entry say by then. */
  private Failure noted(Failure failure) {
    switch (failure.kind()) {
      case UNAVAILABLE, TIMEOUT, DENIED -> {
        leftover = confirms;
        door.close();
        lost.run();
      }
      default -> {}
    }
    return failure;
  }

  // ---- the commit extension ----

  private void changeAndConfirm(Map<String, PortConfig> different, long end) {
    leftover = true;
    try {
      insist(with(GnmiPort.edit(different), waiting()), end);
      check(different);
      set(
          with(
              SetRequest.newBuilder(),
              Commit.newBuilder().setConfirm(CommitConfirm.getDefaultInstance())));
      leftover = false;
    } catch (Failure e) {
      if (isSilence(e)) {
        throw e;
      }
      cancelLeftover();
      if (!isSettled(different, e)) {
        throw e;
      }
    }
  }

  private Commit.Builder waiting() {
    CommitRequest.Builder waiting = CommitRequest.newBuilder();
    waiting.getRollbackDurationBuilder().setSeconds(entry.deadlines().confirmation().toSeconds());
    return Commit.newBuilder().setCommit(waiting);
  }

  private SetRequest with(SetRequest.Builder set, Commit.Builder how) {
    return set.addExtension(Extension.newBuilder().setCommit(how.setId(commit))).build();
  }

  /** The switch refuses when there is nothing to cancel, and when somebody else's is waiting. */
  private void cancelLeftover() {
    if (!leftover) {
      return;
    }
    try {
      set(
          with(
              SetRequest.newBuilder(),
              Commit.newBuilder().setCancel(CommitCancel.getDefaultInstance())));
      log.warn("{}: cancelled a change that was never confirmed", entry.who());
    } catch (Failure e) {
      if (isSilence(e) || e.kind() == Failure.Kind.DENIED) {
        throw e;
      }
      log.debug("{}: nothing to cancel: {}", entry.who(), Failure.text(e));
    }
    leftover = false;
  }

  // ---- without it ----

  private void changeOrPutBack(
      Map<String, PortConfig> different, Map<String, PortReading> before, long end) {
    try {
      insist(GnmiPort.edit(different).build(), end);
      check(different);
    } catch (Failure e) {
      if (isSilence(e)) {
        throw e;
      }
      if (!isSettled(different, e)) {
        putBack(different.keySet(), before, e);
        throw e;
      }
    }
  }

  /** An error may be a lie: what counts is what is there. */
  private boolean isSettled(Map<String, PortConfig> wanted, Failure cause) {
    boolean settled = different(wanted, get(wanted.keySet())).isEmpty();
    if (settled) {
      log.warn("{}; yet the ports are as wanted", Failure.text(cause));
    }
    return settled;
  }

  private void putBack(Set<String> ports, Map<String, PortReading> before, Failure cause) {
    Map<String, PortConfig> former = new TreeMap<>();
    ports.forEach(port -> former.put(port, Objects.requireNonNull(before.get(port)).raw()));
    Map<String, PortConfig> changed = different(former, get(ports));
    if (!changed.isEmpty()) {
      log.warn("{}; putting back {}", Failure.text(cause), changed);
      set(GnmiPort.edit(changed).build());
      check(changed);
    }
  }

  // ---- words with the switch ----

  private static boolean isSilence(Failure failure) {
    return failure.kind() == Failure.Kind.UNAVAILABLE || failure.kind() == Failure.Kind.TIMEOUT;
  }

  /** Asks again while somebody else's change awaits its confirmation. */
  private void insist(SetRequest set, long end) {
    for (int tries = 1; ; tries++) {
      try {
        set(set);
        return;
      } catch (Failure e) {
        Duration pause = BUSY.pause(tries);
        boolean late = time.nanos() + pause.toNanos() - end > 0;
        if (e.kind() != Failure.Kind.CONFLICT || tries == TRIES || late) {
          throw e;
        }
        pause(pause);
      }
    }
  }

  private void pause(Duration pause) {
    try {
      time.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, entry.who() + ": interrupted in a wait", e);
    }
  }

  private void set(SetRequest request) {
    try {
      var unused = door.stub().set(request);
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure(entry.who(), e);
    }
  }

  /** One reading for each; asks one by one where one of them has nothing to show. */
  private Map<String, PortReading> get(Set<String> ports) {
    try {
      return found(ports, ask(ports));
    } catch (Failure e) {
      if (e.kind() != Failure.Kind.NOT_FOUND) {
        throw e;
      }
    }
    Map<String, PortReading> readings = new LinkedHashMap<>();
    for (String port : ports) {
      readings.put(port, getOne(port));
    }
    return readings;
  }

  private PortReading getOne(String port) {
    try {
      return Objects.requireNonNull(found(Set.of(port), ask(Set.of(port))).get(port));
    } catch (Failure e) {
      if (e.kind() == Failure.Kind.NOT_FOUND) {
        return GnmiPort.none();
      }
      throw e;
    }
  }

  private GetResponse ask(Set<String> ports) {
    GetRequest request =
        GetRequest.newBuilder()
            .setType(GetRequest.DataType.CONFIG)
            .setEncoding(Encoding.JSON_IETF)
            .addAllPath(ports.stream().map(GnmiPort::path).toList())
            .build();
    try {
      return door.stub().get(request);
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure(entry.who(), e);
    }
  }

  private static Map<String, PortReading> found(Set<String> ports, GetResponse response) {
    Map<String, PortReading> readings = new LinkedHashMap<>();
    ports.forEach(port -> readings.put(port, GnmiPort.none()));
    for (Notification notification : response.getNotificationList()) {
      for (Update update : notification.getUpdateList()) {
        Optional<String> port = GnmiPort.port(notification.getPrefix(), update.getPath());
        port.filter(readings::containsKey)
            .ifPresent(known -> readings.put(known, GnmiPort.reading(update.getVal())));
      }
    }
    return readings;
  }

  private static Map<String, PortConfig> different(
      Map<String, PortConfig> wanted, Map<String, PortReading> now) {
    Map<String, PortConfig> different = new TreeMap<>();
    wanted.forEach((port, config) -> {
      if (!Objects.requireNonNull(now.get(port)).is(config)) {
        different.put(port, config);
      }
    });
    return different;
  }

  /** Looks whether the switch has done what it said it did. */
  private void check(Map<String, PortConfig> wanted) {
    Map<String, PortReading> now = get(wanted.keySet());
    Map<String, PortConfig> missing = different(wanted, now);
    if (!missing.isEmpty()) {
      throw new Failure(
          Failure.Kind.INTERNAL,
          missing.keySet().stream()
              .map(port ->
                  " port %s: wanted %s, it has %s"
                      .formatted(
                          port, wanted.get(port), Objects.requireNonNull(now.get(port)).meaning()))
              .collect(
                  Collectors.joining(";", entry.who() + " says it has changed, but has not", "")));
    }
  }

  @Override
  public void close() {
    door.close();
  }
}
