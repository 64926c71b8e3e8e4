package io.patchbay.torshims.netconf;

import io.patchbay.torshims.SwitchEntry;
import java.time.Duration;

/** A switch that the driver's tests are run against, with the ports that they know. */
interface Target extends AutoCloseable {
  /** How to get in; both times as a switches file has them. */
  SwitchEntry entry(String rpc, String confirm);

  /**
   * Gives it the ports of {@link NetconfSuite}, on a session that it is left, where it has none.
   */
  void configure(NetconfSession session);

  /** That much time passes for the switch; for a real one that is up to whoever waits. */
  void pass(Duration time);

  /** Nobody asks it anything for that long by its own clock, and a bit longer. */
  void leaveAlone(Duration time);

  @Override
  void close();
}
