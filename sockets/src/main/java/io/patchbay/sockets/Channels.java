package io.patchbay.sockets;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.netty.handler.ssl.SslContext;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The connections of this process to its peers: one per target, made when first needed, shared by
 * all. One that breaks is dialled again by itself, after 100 ms, later up to 2 s (500 ms on unix
 * sockets); calls meanwhile fail with UNAVAILABLE unless they are made {@code waitForReady}. Once
 * our certificate is renewed, new calls go over a new connection, which shows it; calls that run
 * stay where they are. Safe for all threads.
 */
public final class Channels implements AutoCloseable {
  /** From this many targets on, those that nobody has used for a while are let go. */
  static final int ROOM = 64;

  static final Duration UNUSED = Duration.ofMinutes(10);

  /** How long a tcp connection may take to be made, unless somebody says otherwise. */
  private static final Duration DIAL_TIMEOUT = Duration.ofSeconds(5);

  /** More than a call needs from being made to being started. */
  private static final Duration RETIREMENT = Duration.ofSeconds(5);

  private final Time time;
  private final Duration dialTimeout;
  private final Optional<TransportSecurity> security;
  private final Optional<SslContext> tls;

  @GuardedBy("this")
  private final Map<Url, Target> targets = new HashMap<>();

  /** Replaced, but calls may still run there. */
  @GuardedBy("this")
  private final List<Target> retired = new ArrayList<>();

  @GuardedBy("this")
  private boolean closed;

  /** Without TLS: to the kubelet, to what runs on the same node, and in tests. */
  public Channels() {
    this(Optional.empty());
  }

  /** With TLS on every connection, if security is present. */
  public Channels(Optional<TransportSecurity> security) {
    this(DIAL_TIMEOUT, security);
  }

  /** Without TLS. */
  public Channels(Duration dialTimeout) {
    this(dialTimeout, Optional.empty());
  }

  /**
   * @param dialTimeout how long a tcp connection may take to be made, 1 ms at least
   * @param security with which every connection must begin, if present
   */
  public Channels(Duration dialTimeout, Optional<TransportSecurity> security) {
    this(Time.system(), dialTimeout, security);
  }

  Channels(Time time) {
    this(time, DIAL_TIMEOUT, Optional.empty());
  }

  private Channels(Time time, Duration dialTimeout, Optional<TransportSecurity> security) {
    this.security = security;
    this.tls = security.map(TransportSecurity::client);
    this.time = time;
    this.dialTimeout = dialTimeout;
  }

  /**
   * The channel to a {@code unix} or {@code tcp} address; it may be kept. Dials nothing yet. Throws
   * {@link Failure} of kind INVALID for any other scheme, or a tcp address without a port.
   */
  public Channel to(Url target) {
    Target.check(target);
    return new Pooled(target);
  }

  /**
   * Lets a connection go once its running calls have ended: for an address that may come to mean
   * another peer, such as {@code unix:///proc/self/fd/17} before descriptor 17 is closed. A later
   * call dials anew.
   */
  public void drop(Url target) {
    Target dropped;
    synchronized (this) {
      dropped = targets.remove(target);
    }
    if (dropped != null) {
      dropped.finish();
    }
  }

  /** Ends all calls and connections. Calls made later fail as UNAVAILABLE. */
  @Override
  public void close() {
    List<Target> all;
    synchronized (this) {
      closed = true;
      all = new ArrayList<>(targets.values());
      all.addAll(retired);
      targets.clear();
      retired.clear();
    }
    all.forEach(Target::close);
  }

  /** How many connections there are. */
  synchronized int size() {
    return targets.size();
  }

  private synchronized Target target(Url url) {
    String shown = security.map(TransportSecurity::shown).orElse("");
    Target target = targets.get(url);
    if (target != null && !target.shown().equals(shown)) {
      retire(target);
      target = null;
    }
    if (target == null) {
      target = new Target(url, time, dialTimeout, tls, shown);
      if (closed) {
        target.close();
        return target;
      }
      if (targets.size() >= ROOM) {
        targets.values().removeIf(each -> each.finishIfUnused(UNUSED));
      }
      targets.put(url, target);
    }
    target.used();
    return target;
  }

  @GuardedBy("this")
  private void retire(Target target) {
    retired.removeIf(Target::isTerminated);
    retired.add(target);
    time.schedule(RETIREMENT, target::finish);
  }

  /** What callers hold: it finds the connection anew for each call, so that unused ones may go. */
  private final class Pooled extends Channel {
    private final Url url;

    Pooled(Url url) {
      this.url = url;
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
      return new BoundedHeaders<>(target(url).channel().newCall(method, options));
    }

    @Override
    public String authority() {
      return Target.AUTHORITY;
    }
  }
}
