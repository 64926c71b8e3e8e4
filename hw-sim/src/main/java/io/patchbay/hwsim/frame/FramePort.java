package io.patchbay.hwsim.frame;

import java.util.function.Consumer;

/**
 * Where a simulated device sends and gets frames: a cable's end, a tap. All methods may be called
 * from any thread; {@code send} never waits long, it drops instead.
 */
public interface FramePort {
  /** Sends a frame, or drops it when there is no carrier or no room. */
  void send(Frame frame);

  /**
   * Names who gets what arrives from now on, in place of whoever got it before. One thread of the
   * port calls it, frame by frame, in order; of a {@link LinkAggregationGroup} one for each link.
   */
  void receiver(Consumer<Frame> receiver);

  /** Whether frames can pass at all. */
  default boolean carrier() {
    return true;
  }

  /**
   * Names who is told that the carrier may have changed, in place of whoever was told before; it
   * asks {@link #carrier} itself. It is called on the thread that caused the change.
   */
  default void carrierWatcher(Runnable watcher) {}

  /** Lights or darkens this side; a dark side takes the carrier from both. On at the start. */
  default void power(boolean on) {}
}
