package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One switch's whole wanted state goes in; what is really there comes out. Called by one thread at
 * a time. Everything ends within a deadline; a connection that breaks is made anew once, and what
 * it was to bring is settled there. Failures are {@link io.patchbay.base.Failure}s that name the
 * switch: UNAVAILABLE and TIMEOUT say nothing about the ports, and a {@link Hindrance} is behind
 * them where the switch answers and somebody else was in the way, or the shim's user may not do
 * that; every other kind means that the switch has refused and the ports are as they were.
 */
public interface SwitchDriver extends AutoCloseable {
  /** The running configuration of these ports, one reading for each. */
  Map<String, PortReading> read(Set<String> ports);

  /**
   * Makes these ports exactly so, all or none, and returns when the switch has shown that they are;
   * ports that are so already cost no commit. Waits up to {@code patience} for a lock that another
   * holds. Returns what the ports had that it has written.
   */
  Map<String, PortReading> apply(Map<String, PortConfig> wanted, Duration patience);

  /** Has somebody told of what the driver comes to know. Only before the first other call. */
  void watch(Watcher watcher);

  /**
   * What the switch hears by LLDP, by port: the MAC addresses that neighbours give as the name of
   * their own port, in lower case with colons. A switch that does not tell hears nobody.
   */
  default Map<String, Set<String>> neighbours() {
    return Map.of();
  }

  /**
   * Which of these ports have a link, true, and which have none, false. A port of which the switch
   * does not tell is left out: with a switch that never does, all of them.
   */
  default Map<String, Boolean> links(Set<String> ports) {
    return Map.of();
  }

  /** Whether {@link #apply} makes VLANs on the switch. Says nothing to it. */
  default boolean makesVlans() {
    return false;
  }

  /**
   * Those of these VLANs that {@link #apply} has made on the switch because ports were to carry
   * them, in this process or an earlier one, and their names there (see {@link VlanNames}). With a
   * switch whose VLANs are not made by the shim, none.
   */
  default Map<Integer, String> madeVlans(Set<Integer> some) {
    return Map.of();
  }

  /**
   * The VNIs of the network instances on the switch whose names begin as the shim's do (see {@link
   * VlanNames}), and these names; empty where the shim makes none there and has not looked.
   */
  default Optional<Map<Integer, String>> vnis() {
    return Optional.empty();
  }

  /**
   * Has the switch say whether it would make these ports so, all or none, and changes nothing.
   * Throws as {@link #apply} does where it would not, and a Failure of kind UNSUPPORTED where it
   * cannot be asked that.
   */
  default void rehearse(Map<String, PortConfig> wanted, Duration patience) {
    throw new Failure(Failure.Kind.UNSUPPORTED, "the switch cannot be asked without being changed");
  }

  /** Takes those away. They may not be on any port that the shim owns. */
  default void removeVlans(Set<Integer> some) {}

  @Override
  void close();

  /** Whom a driver tells what it comes to know. */
  @FunctionalInterface
  interface Watcher {
    /**
     * A connection to the switch has ended. On any thread, perhaps more than once; must be quick.
     */
    void lost();

    /**
     * The driver is about to say something to the switch, on the thread of the call that makes it.
     * Nothing is said if this throws, and the call fails with that.
     */
    default void speaks() {}

    /**
     * The switch has told by itself that a link may have changed: {@link SwitchDriver#links} knows.
     * Only of ports that were asked for there last. On any thread; must be quick.
     */
    default void linksChanged() {}

    /**
     * The switch has told by itself that what {@link SwitchDriver#apply} was last to make of ports
     * may be otherwise now. Also what the driver has done itself may be told, where that cannot be
     * told apart; and a switch may tell nothing, or not all. On any thread; must be quick.
     */
    default void portsChanged() {}

    /**
     * What {@link SwitchDriver#apply} has read of its ports, all of them, before it writes to any,
     * on its thread. Others may still come between. Nothing is written if this throws. Called again
     * where the same call of {@code apply} has to begin anew; then some may have been written.
     */
    default void finds(Map<String, PortReading> now) {}

    /**
     * Ports are about to be written by {@link SwitchDriver#apply}, on its thread: when nobody else
     * can come between any more, for all that the switch offers against it. Nothing is written if
     * this throws. Called again where the same call of {@code apply} has to begin anew; the last
     * one counts.
     *
     * @param before what they have without what this {@code apply} writes
     */
    default void overwrites(Map<String, PortReading> before) {}

    /**
     * What {@link SwitchDriver#apply} has written is there, as was read back, and the switch undoes
     * it by itself unless the driver confirms it, which it is about to do; on its thread. This may
     * wait. Nothing is confirmed if it throws, but undone, as after any failure before that. Called
     * again where the same call of {@code apply} has to begin anew, and never with a switch whose
     * commits are not in two halves.
     *
     * @param most how long the switch can wait for it
     */
    default void confirms(Duration most) {}
  }
}
