package io.patchbay.workloads;

import io.grpc.Context;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.State;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Dial;
import io.patchbay.mesh.Follow;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.Refresh;
import io.patchbay.mesh.Session;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.policy.Doors;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.sockets.Channels;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client in a pod: connects the pod to the network services it asks for, keeps the connections
 * alive, and closes them at the end. Connections that an earlier process of this name left at the
 * manager are taken over.
 *
 * <p>{@link #connect} is called once, by one thread; {@link #close} by any, also meanwhile.
 */
public final class Nsc implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Nsc.class);
  private static final Backoff RETRY = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(5));

  private final NscConfig config;
  private final Time time;
  private final List<Wanted> wanted;
  private final Tokens tokens;
  private final Sessions sessions;
  private final Chain chain;
  private final Earlier earlier;
  private final Stack running = new Stack();
  private final Context.CancellableContext attempts = Context.ROOT.withCancellation();
  private final AtomicBoolean closed = new AtomicBoolean();

  private Nsc(NscConfig config, Surroundings surroundings, Time time, boolean stays) {
    this.config = config;
    this.time = time;
    this.wanted = Wanted.all(config, surroundings);
    Doors doors = running.push(Doors.of(surroundings.identities(), config.mesh().opaUrl(), time));
    Policies answers = doors.answers();
    surroundings.identities().ifPresent(Identities::await);
    this.tokens =
        Tokens.of(surroundings.identities(), subject(config), config.maxTokenLifetime(), time);
    this.sessions = Sessions.inMemory(time);
    Channels channels = running.push(new Channels(config.dialTimeout(), surroundings.security()));
    Dial dial = new Dial(channels, tokens, time);
    NscChain.Door manager = new NscChain.Door(config.connectTo(), dial, answers);
    this.chain = stays ? staying(manager) : NscChain.once(sessions, manager);
    this.earlier = new Earlier(manager.url(), channels, tokens, config.dialTimeout());
  }

  private Chain staying(NscChain.Door manager) {
    Duration patience = config.requestTimeout();
    Heal heal = new Heal(sessions, time, patience, pulse());
    Refresh refresh = new Refresh(time, patience);
    Follow follow = new Follow(sessions, manager.dial(), time, heal);
    return NscChain.of(sessions, heal, refresh, follow, manager);
  }

  private Heal.Pulse pulse() {
    return config.livenessCheckEnabled()
        ? new Liveness(config.livenessCheckTimeout())
        : Liveness.none();
  }

  /** A client that will stay. Throws {@link Failure} INVALID for a configuration that is wrong. */
  public static Nsc of(NscConfig config, Surroundings surroundings, Time time) {
    return new Nsc(config, surroundings, time, true);
  }

  /**
   * The init client: connects, and leaves the connections to the client that comes after it, which
   * has the tokens' lifetime to take them over. Throws as {@link #connect} does, with nothing left.
   */
  public static void once(NscConfig config, Surroundings surroundings, Time time) {
    Nsc nsc = new Nsc(config, surroundings, time, false);
    try {
      nsc.connect();
    } catch (RuntimeException e) {
      nsc.close();
      throw e;
    }
    nsc.running.close();
  }

  /** As the identity document will name it (contracts/nsm.md section 3), where there is none. */
  private static String subject(NscConfig config) {
    return config.podName().isEmpty()
        ? config.name()
        : "spiffe://k8s.nsm/ns/" + config.podNamespace() + "/pod/" + config.podName();
  }

  /**
   * Connects everything, one after the other, and returns when all are connected. What may get
   * better is tried again for as long as it takes. Throws {@link Failure} when one is refused for
   * good, or when the client is closed meanwhile; those connected before stay until {@link #close}.
   */
  public void connect() {
    for (Wanted each : wanted) {
      connect(each);
    }
  }

  private void connect(Wanted each) {
    Instant patience = time.now().plus(config.requestTimeout());
    for (int failures = 1; ; failures++) {
      try {
        tell(attempt(each));
        return;
      } catch (Failure e) {
        if (closed.get() || isFinal(e, patience)) {
          throw new Failure(e.kind(), each + ": " + Failure.text(e), e);
        }
        log.warn("{}: attempt {} failed: {}", each, failures, Failure.text(e));
        pause(RETRY.pause(failures));
      }
    }
  }

  /**
   * What will not get better by asking again. What is not registered may still be on its way: an
   * endpoint may start when its client does.
   */
  private boolean isFinal(Failure e, Instant patience) {
    return switch (e.kind()) {
      case INVALID, DENIED, UNSUPPORTED -> true;
      case NOT_FOUND -> !time.now().isBefore(patience);
      case CONFLICT, EXHAUSTED, UNAVAILABLE, TIMEOUT, INTERNAL -> false;
    };
  }

  /** Closing cancels it, so that it cannot outlive the client. */
  private Connection attempt(Wanted each) {
    Context outside = attempts.attach();
    try {
      Connection request = Paths.withOwnToken(request(each), tokens.issue(Optional.empty()));
      return chain.request(
          Call.of(
              request,
              List.of(each.mechanism()),
              new Cause.Asked(),
              time.now().plus(config.requestTimeout())));
    } finally {
      attempts.detach(outside);
    }
  }

  private Connection request(Wanted each) {
    Connection fresh = Paths.arrive(each.connection(), config.name());
    Optional<Connection> left =
        earlier
            .find(config.name(), fresh.getId())
            .filter(found -> found.getNetworkService().equals(fresh.getNetworkService()))
            .map(each::onto);
    left.ifPresent(found -> log.info("{}: taking over an earlier connection", each));
    return left.map(this::usable).orElse(fresh);
  }

  /** One that is down, and through which no packets pass, is to be led another way. */
  private Connection usable(Connection found) {
    boolean dead =
        found.getState() == State.DOWN
            && !(config.livenessCheckEnabled()
                && new Liveness(config.livenessCheckTimeout()).answers(found));
    return dead ? Heal.reselecting(found) : found;
  }

  private static void tell(Connection connection) {
    log.info(
        "connected {} as {} {}",
        connection.getNetworkService(),
        KernelParameters.of(connection.getMechanism())
            .flatMap(KernelParameters::name)
            .orElse("an interface without a name"),
        String.join(" ", connection.getContext().getIpContext().getSrcIpAddrsList()));
  }

  private void pause(Duration duration) {
    try {
      time.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted between two attempts", e);
    }
  }

  /** The connections as last agreed, in no certain order. */
  public List<Connection> connections() {
    return sessions.all().stream().filter(Session::agreed).map(Session::connection).toList();
  }

  /**
   * Closes all connections at once and ends; waits for the manager's answers some seconds at most.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    attempts.cancel(null);
    try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
      sessions.all().forEach(session -> each.execute(() -> close(session)));
    }
    running.close();
  }

  private static void close(Session session) {
    try {
      session.close();
      log.info("closed {}", session.id());
    } catch (Failure e) {
      log.warn(
          "closing {}: {}; the manager will, when its token ends", session.id(), e.getMessage());
    }
  }
}
