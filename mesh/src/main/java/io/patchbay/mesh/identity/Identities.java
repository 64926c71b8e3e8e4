package io.patchbay.mesh.identity;

import io.patchbay.base.Time;
import io.patchbay.sockets.TransportSecurity;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Who this process is now and whom it believes, replaced whole whenever that changes. Connections
 * that stand keep what they have shown, so a few earlier identities are remembered for them. Safe
 * for all threads.
 */
public final class Identities {
  /** With one-hour certificates renewed at half life: more than outlive their connections. */
  private static final int REMEMBERED = 8;

  /**
   * One picture.
   *
   * @param identities the current one first, then earlier ones
   */
  private record State(List<Identity> identities, Map<String, Set<X509Certificate>> bundles) {}

  private final Runnable arrival;
  private volatile State state;

  /**
   * @param bundles the certificates of whoever signs for each trust domain, the own one included
   */
  public Identities(Identity current, Map<String, Set<X509Certificate>> bundles) {
    this(new State(List.of(current), copy(bundles)), () -> {});
  }

  private Identities(State state, Runnable arrival) {
    this.state = state;
    this.arrival = arrival;
  }

  /**
   * Empty until the first {@link #replace}.
   *
   * @param arrival waits for that; throws Failure when it does not come
   */
  static Identities expected(Runnable arrival) {
    return new Identities(new State(List.of(), Map.of()), arrival);
  }

  /**
   * Waits for the first identity, where it has yet to come: a daemon does so once what it reads
   * itself is read, so that a mistake in there is told at once. Throws Failure UNAVAILABLE saying
   * who was asked, and what was last heard there, when it has not come in time.
   */
  public void await() {
    arrival.run();
  }

  /** From now on handshakes and tokens are made with this; connections that stand stay. */
  public synchronized void replace(Identity current, Map<String, Set<X509Certificate>> bundles) {
    Stream<Identity> earlier = recent().filter(each -> !each.leaf().equals(current.leaf()));
    state =
        new State(
            Stream.concat(Stream.of(current), earlier).limit(REMEMBERED).toList(), copy(bundles));
  }

  private static Map<String, Set<X509Certificate>> copy(Map<String, Set<X509Certificate>> bundles) {
    return bundles.entrySet().stream()
        .collect(
            Collectors.toUnmodifiableMap(Map.Entry::getKey, each -> Set.copyOf(each.getValue())));
  }

  /** Who this process is now; not before {@link #await}. */
  public Identity current() {
    return recent()
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("asked who we are before that was awaited"));
  }

  /** The identity, current or recent, that has this certificate. */
  public Optional<Identity> having(X509Certificate leaf) {
    return recent().filter(each -> each.leaf().equals(leaf)).findFirst();
  }

  /** The current one first. */
  Stream<Identity> recent() {
    return state.identities().stream();
  }

  /** Who signs for a trust domain: empty for one that is not trusted. */
  public Set<X509Certificate> bundle(String trustDomain) {
    return state.bundles().getOrDefault(trustDomain, Set.of());
  }

  /** What makes connections show the identity of the moment, and believe whom it believes. */
  public TransportSecurity security() {
    return new TransportSecurity(new LiveKeys(this), new LiveTrust(this, Time.system()));
  }
}
