package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.torshims.lease.Lease;
import io.patchbay.torshims.lease.LeaseKeeper;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon: an endpoint for the services of a fabric, and the only writer of the fabric's switch
 * ports. Stopping it changes nothing on a switch: a successor finds its connections, their timers
 * and what the ports were before in its state folder. Of several replicas one serves, whose the
 * lease is; the others stand by, and know nothing that could be out of date when their time comes.
 * What the files say is followed while it runs: each change of them is a new beginning for what
 * serves, within the process and under the same lease.
 */
public final class TorShim implements AutoCloseable {
  /** How long the switches may take to answer what was asked before other files are followed. */
  private static final Duration SILENCE = Duration.ofMinutes(1);

  private static final Logger log = LoggerFactory.getLogger(TorShim.class);

  private final TorShimConfig config;
  private final Optional<Identities> identities;
  private final Consumer<Failure> ending;
  private final Time time;
  private final Stack running = new Stack();
  private final Lease lease;
  private final LeaseKeeper keeper;
  private final InventoryWatch watch;
  private final Optional<ObjectServices> objects;
  private final PrometheusRegistry told = new PrometheusRegistry();

  /** Held while what serves is being replaced. */
  private final ReentrantLock replacing = new ReentrantLock();

  private volatile Optional<Serving> serving = Optional.empty();
  private volatile boolean started;
  private volatile boolean closed;

  private TorShim(
      TorShimConfig config,
      Optional<Identities> identities,
      Consumer<Failure> ending,
      Lease lease,
      Time time) {
    this.identities = identities;
    this.config = config;
    this.ending = ending;
    this.time = time;
    this.lease = lease;
    this.keeper = running.push(new LeaseKeeper(lease, new Writing(), time));
    Metrics.registerReplica(told, keeper::holds);
    running.push(() -> serving.ifPresent(Serving::close));
    this.objects =
        config
            .services()
            .open(config.lease().account(), time)
            .map(running::push)
            .map(ObjectServices::new);
    this.watch = running.push(new InventoryWatch(this::read, this::replace, time));
  }

  /**
   * Starts all of it: reads the three files, and if no other replica has the lease takes up what an
   * earlier process left, serves, and registers; switches are dialled when they are needed. Else it
   * does that when the lease has come to it. Throws {@link Failure} naming the file and line or
   * field that is wrong, or what another process has taken.
   *
   * @param ending is told, on any thread, why this replica cannot go on: what it has been the
   *     writer of is another's now, or it could not begin when it was its turn. The process should
   *     end, and be started anew
   */
  public static TorShim start(
      TorShimConfig config, Optional<Identities> identities, Consumer<Failure> ending, Time time) {
    Lease lease = config.lease().open(config.stateDir(), config.name(), time);
    return start(config, identities, ending, lease, time);
  }

  static TorShim start(
      TorShimConfig config,
      Optional<Identities> identities,
      Consumer<Failure> ending,
      Lease lease,
      Time time) {
    TorShim shim = new TorShim(config, identities, ending, lease, time);
    try {
      shim.standBy();
      shim.started = true;
      return shim;
    } catch (RuntimeException e) {
      shim.close();
      throw e;
    }
  }

  /** Without an identity of its own, and without TLS: for tests of something else. */
  public static TorShim start(TorShimConfig config, Time time) {
    return start(config, Optional.empty(), failure -> {}, time);
  }

  /** What must be right is looked at now, when somebody looks, and not at the worst time. */
  private void standBy() {
    requireReachable();
    requireLocal(config.fabricDoor());
    Optional<Url> traps = config.traps();
    log.debug("notifications by SNMP: {}", traps);
    Inventory unused = read();
    config.metrics().open(() -> told, time).ifPresent(running::push);
    keeper.start();
  }

  private Inventory read() {
    Inventory files = Inventory.read(config, objects, this::objection, keeper.holds());
    requireTimely(files.switches());
    return files;
  }

  /** Of what serves now; before that nobody knows which VLANs are given. */
  private Optional<String> objection(FabricService service) {
    return serving.flatMap(now -> now.objection(service));
  }

  /** A change that is under way when the lease is lost must end before another may have it. */
  private void requireTimely(Switches switches) {
    Duration margin = lease.terms().margin();
    for (SwitchEntry entry : switches.switches()) {
      if (entry.deadlines().answer().compareTo(margin) > 0) {
        throw new Failure(
            Failure.Kind.INVALID,
            "switch %s: its deadlines.rpc of %d s is more than half of PATCHBAY_LEASE_DURATION"
                .formatted(entry.name(), entry.deadlines().answer().toSeconds()));
      }
    }
  }

  /** What becomes of this replica. */
  private final class Writing implements LeaseKeeper.Holder {
    @Override
    public void begin() {
      try {
        Inventory files = read();
        serve(files);
        watch.start(files, config.reloadInterval());
      } catch (RuntimeException e) {
        if (!started) {
          throw e; // to whoever starts it
        }
        if (!closed) {
          close(); // so that another may try
          end(failure(e));
        }
      }
    }

    @Override
    public void lost(Failure why) {
      end(why);
    }
  }

  private static Failure failure(RuntimeException e) {
    return e instanceof Failure known
        ? known
        : new Failure(Failure.Kind.INTERNAL, Failure.text(e), e);
  }

  private void end(Failure why) {
    log.error("this replica is the writer no more: {}", Failure.text(why));
    ending.accept(why);
  }

  private void serve(Inventory files) {
    told.clear(); // of what served before
    Metrics.registerReplica(told, keeper::holds);
    Serving.Replica mine = new Serving.Replica(identities, lease, keeper);
    Serving next = Serving.start(config, files, mine, told, time);
    serving = Optional.of(next);
    if (closed) {
      next.close(); // whoever has closed this shim meanwhile did not know of it
    }
  }

  /** Serves by other files from now on; where that cannot be, false, by those it knows. */
  private boolean replace(Inventory next) {
    replacing.lock();
    try {
      if (closed || !keeper.holds()) {
        return true;
      }
      log.info("the fabric's files have changed: begins anew by what they say now");
      Serving old = serving.orElseThrow();
      old.makeWay();
      keeper.awaitUnused(SILENCE);
      try {
        serve(next);
        return true;
      } catch (RuntimeException e) {
        log.error("goes on by the files as they were: {}", Failure.text(e));
        serve(old.files());
        return false;
      }
    } catch (RuntimeException e) {
      close();
      end(failure(e));
      return true;
    } finally {
      replacing.unlock();
    }
  }

  private static void requireLocal(Url socket) {
    if (!socket.isLocal()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "PATCHBAY_FABRIC_SOCKET=" + socket + ": it tells all about the fabric; write unix://...");
    }
  }

  private void requireReachable() {
    if (config.listenOn().isLocal()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "NSM_LISTEN_ON="
              + config.listenOn()
              + ": a shim is reached from other hosts; write tcp://:5003");
    }
  }

  /** Where it serves, as registered; while it stands by, where it would. */
  public Url url() {
    return serving.map(Serving::url).orElseGet(config::listenOn);
  }

  /** Whether this replica is the writer now. */
  public boolean writes() {
    return keeper.holds();
  }

  /** Whether the registry knows its services now. */
  public boolean registered() {
    return serving.map(Serving::registered).orElse(false);
  }

  @Override
  public void close() {
    closed = true;
    replacing.lock();
    try {
      running.close();
    } finally {
      replacing.unlock();
    }
  }
}
