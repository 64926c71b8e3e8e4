package io.patchbay.hwsim.frame;

/**
 * Joins a port of one simulated device to a port of another: what one end sends, the other end's
 * receiver gets, in order, at most {@link #QUEUE_FRAMES} waiting per direction and the rest dropped
 * and counted. Each direction has a platform thread of its own until the cable is closed. It starts
 * plugged.
 *
 * <pre>{@code
 * try (Cable cable = new Cable("node-1-pf0")) {
 *   nic.port(cable.nicEnd());
 *   tor.attach("Ethernet1", cable.switchEnd());
 * }
 * }</pre>
 *
 * <p>Safe for all threads.
 */
public final class Cable implements AutoCloseable {
  /** How many frames wait per direction before more are dropped: one large burst of a NIC. */
  public static final int QUEUE_FRAMES = 1024;

  private final CableEnd nicEnd;
  private final CableEnd switchEnd;
  private volatile boolean plugged = true;

  /** Makes a plugged cable; its name shows in its threads' names. */
  public Cable(String name) {
    this.nicEnd = new CableEnd(this, name + "-nic");
    this.switchEnd = new CableEnd(this, name + "-switch");
    nicEnd.start();
    switchEnd.start();
  }

  /** The end for the NIC (or any first device: both ends are alike). */
  public CableEnd nicEnd() {
    return nicEnd;
  }

  /** The end for the switch. */
  public CableEnd switchEnd() {
    return switchEnd;
  }

  /** Whether both ends sit in their devices. */
  public boolean plugged() {
    return plugged;
  }

  /** Puts it in; both ends get carrier if both are powered. */
  public void plug() {
    plugged = true;
    carrierChanged();
  }

  /** Pulls it out: no carrier, and what was on its way is lost. */
  public void unplug() {
    plugged = false;
    carrierChanged();
  }

  /** Pulls it out for good and ends its threads. */
  @Override
  public void close() {
    unplug();
    nicEnd.stop();
    switchEnd.stop();
  }

  CableEnd otherEnd(CableEnd end) {
    return end == nicEnd ? switchEnd : nicEnd;
  }

  void carrierChanged() {
    nicEnd.carrierChanged();
    switchEnd.carrierChanged();
  }
}
