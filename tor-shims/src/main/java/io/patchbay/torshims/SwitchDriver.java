package io.patchbay.torshims;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * One switch's whole wanted state goes in; what is really there comes out. Called by one thread at
 * a time. Everything ends within a deadline; a connection that breaks is made anew once, and what
 * it was to bring is settled there. Failures are {@link io.patchbay.base.Failure}s that name the
 * switch: UNAVAILABLE and TIMEOUT say nothing about the ports, and {@link LockHeld} is behind them
 * where somebody else was in the way; every other kind means that the switch has refused and the
 * ports are as they were.
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

  /**
   * Has a task run whenever a connection to the switch has ended, on any thread, perhaps more than
   * once; the task must be quick. Only before the first other call.
   */
  void watch(Runnable lost);

  @Override
  void close();
}
