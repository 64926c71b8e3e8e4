package io.patchbay.mesh.registry;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.google.protobuf.Message;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Backoff;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps an endpoint and its services in a registry: registers them, again before the registration
 * ends, and again whenever the registry is lost or says that they have gone; tries for ever, ever
 * more slowly. All work is done on the threads of {@link Time}'s timers, one at a time.
 */
public final class Registration implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Registration.class);

  /** The first pause is upstream's (contracts/nsm.md 6.4). */
  private static final Backoff RETRY = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(5));

  /** When to refresh if the registry does not say when the registration ends. */
  private static final Duration UNSAID = Duration.ofSeconds(40);

  private final Registries registries;
  private final List<NetworkService> services;
  private final Time time;

  /** Held while the registry is called, so that a close comes after it. */
  private final ReentrantLock turn = new ReentrantLock();

  private final Stack watches = new Stack();

  @GuardedBy("turn")
  private NetworkServiceEndpoint endpoint;

  @GuardedBy("turn")
  private boolean watching;

  @GuardedBy("this")
  private boolean closed;

  @GuardedBy("this")
  private boolean working;

  /** Whether something happened during the work that calls for doing it again. */
  @GuardedBy("this")
  private boolean again;

  @GuardedBy("this")
  private int failures;

  @GuardedBy("this")
  private Time.Timer next = () -> {};

  private volatile boolean registered;
  private volatile Optional<Failure> problem = Optional.empty();

  private Registration(
      Registries registries,
      List<NetworkService> services,
      NetworkServiceEndpoint endpoint,
      Time time) {
    this.registries = registries;
    this.services = List.copyOf(services);
    this.endpoint = endpoint.toBuilder().clearExpirationTime().build();
    this.time = time;
  }

  /**
   * Begins; does not wait for the first success. A service that is there already is left as it is,
   * and its owner's, unless ours says more: other matches, or another payload.
   */
  public static Registration start(
      Registries registries,
      List<NetworkService> services,
      NetworkServiceEndpoint endpoint,
      Time time) {
    Registration registration = new Registration(registries, services, endpoint, time);
    registration.workIn(Duration.ZERO);
    return registration;
  }

  /** Whether the last attempt succeeded and nothing was heard to the contrary since. */
  public boolean registered() {
    return registered;
  }

  /** Why the last attempt failed; empty when it succeeded, and before the first. */
  public Optional<Failure> problem() {
    return problem;
  }

  /**
   * Ends, and takes the endpoint out of the registry; services stay, others may serve them. An
   * endpoint whose registry cannot be told expires.
   */
  @Override
  public void close() {
    if (!end()) {
      return;
    }
    turn.lock();
    try {
      if (watching) {
        registries.endpoints().unregister(endpoint);
      }
    } catch (Failure e) {
      log.warn("left to expire: {}", Failure.text(e));
    } finally {
      turn.unlock();
    }
  }

  /** Ends, and leaves the endpoint in: it expires, unless a successor registers it again. */
  public void leave() {
    var unused = end();
  }

  private boolean end() {
    synchronized (this) {
      if (closed) {
        return false;
      }
      closed = true;
      next.cancel();
    }
    watches.close();
    return true;
  }

  private synchronized void workIn(Duration delay) {
    if (!closed) {
      next.cancel();
      next = time.schedule(delay, this::work);
    }
  }

  private void work() {
    synchronized (this) {
      if (closed || working) {
        return;
      }
      working = true;
      again = false;
    }
    Duration pause = attempt();
    synchronized (this) {
      working = false;
      workIn(again && failures == 0 ? RETRY.pause(1) : pause);
    }
  }

  /** Says how long all is well, or until when to wait before the next attempt. */
  private Duration attempt() {
    turn.lock();
    try {
      Duration good = register();
      succeeded();
      return good;
    } catch (Failure e) {
      return failed(e);
    } finally {
      turn.unlock();
    }
  }

  @GuardedBy("turn")
  private Duration register() {
    for (NetworkService service : services) {
      if (!isThere(service)) {
        var unused = registries.services().register(service);
      }
    }
    NetworkServiceEndpoint answer = registries.endpoints().register(endpoint);
    if (answer.hasInitialRegistrationTime()) {
      // Told again later: it must survive even a registry that forgets.
      endpoint =
          endpoint.toBuilder()
              .setInitialRegistrationTime(answer.getInitialRegistrationTime())
              .build();
    }
    if (!watching) {
      watching = true;
      watch(registries.endpoints(), endpoint.getName());
      services.forEach(service -> watch(registries.services(), service.getName()));
    }
    return Kind.ENDPOINTS.expires(answer).map(this::refreshAfter).orElse(UNSAID);
  }

  private boolean isThere(NetworkService service) {
    return Kind.SERVICES
        .find(registries.services(), service.getName())
        .filter(known ->
            service.getPayload().isEmpty() || service.getPayload().equals(known.getPayload()))
        .filter(known ->
            service.getMatchesCount() == 0
                || service.getMatchesList().equals(known.getMatchesList()))
        .isPresent();
  }

  /** Two thirds of what remains (contracts/nsm.md fact 16). */
  private Duration refreshAfter(Instant expires) {
    Duration after = Duration.between(time.now(), expires).multipliedBy(2).dividedBy(3);
    return after.compareTo(RETRY.first()) < 0 ? RETRY.first() : after;
  }

  private <T extends Message> void watch(Registry<T> registry, String name) {
    Kind<T> kind = registry.kind();
    var unused =
        watches.push(
            registry.watch(
                kind.named(name),
                change -> {
                  switch (change) {
                    case Change.Present<T> present -> {}
                    case Change.Gone<T> gone -> {
                      if (kind.name(gone.entry()).equals(name)) {
                        missing(kind.noun() + " '" + name + "' has gone from the registry");
                      }
                    }
                    case Change.Lost<T> lost -> missing(Failure.text(lost.cause()));
                  }
                }));
  }

  private synchronized void missing(String why) {
    if (closed) {
      return;
    }
    registered = false;
    again = true;
    if (!working && failures == 0) {
      log.info("registering again: {}", why);
      failures = 1;
      workIn(RETRY.pause(1));
    }
  }

  private synchronized void succeeded() {
    if (failures > 0 || !registered) {
      log.info("registered at {}", registries.endpoints());
    }
    failures = 0;
    registered = !again;
    problem = Optional.empty();
  }

  private synchronized Duration failed(Failure cause) {
    failures++;
    registered = false;
    problem = Optional.of(cause);
    if (Integer.bitCount(failures) == 1) {
      log.warn("attempt {} to register failed: {}", failures, Failure.text(cause));
    }
    return RETRY.pause(failures);
  }
}
