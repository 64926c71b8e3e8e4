package io.patchbay.hwsim.frame;

import io.patchbay.base.Failure;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One end of a {@link Cable}, given to one device. It owns the queue of what arrives here and the
 * platform thread that delivers it; {@code send} puts into the other end's queue. Safe for all
 * threads.
 */
public final class CableEnd implements FramePort {
  private static final Logger LOG = LoggerFactory.getLogger(CableEnd.class);

  private final BlockingQueue<Frame> arriving = new ArrayBlockingQueue<>(Cable.QUEUE_FRAMES);
  private final LongAdder dropped = new LongAdder();
  private final Cable cable;
  private final Thread deliverer;
  private volatile Consumer<Frame> receiver = this::drop;
  private volatile Runnable watcher = () -> {};
  private volatile boolean powered = true;

  CableEnd(Cable cable, String name) {
    this.cable = cable;
    this.deliverer = Thread.ofPlatform().daemon().name("cable-" + name).unstarted(this::deliver);
  }

  @Override
  public void send(Frame frame) {
    CableEnd other = cable.otherEnd(this);
    if (!carrier() || !other.arriving.offer(frame)) {
      other.drop(frame);
    }
  }

  @Override
  public void receiver(Consumer<Frame> receiver) {
    this.receiver = receiver;
  }

  @Override
  public boolean carrier() {
    return cable.plugged() && powered && cable.otherEnd(this).powered;
  }

  @Override
  public void carrierWatcher(Runnable watcher) {
    this.watcher = watcher;
  }

  @Override
  public void power(boolean on) {
    powered = on;
    cable.carrierChanged();
  }

  /**
   * How many frames on their way to this end were lost: no carrier, a full queue, nobody to receive
   * them, or a receiver that threw.
   */
  public long dropped() {
    return dropped.sum();
  }

  void start() {
    deliverer.start();
  }

  void stop() {
    deliverer.interrupt();
  }

  void carrierChanged() {
    watcher.run();
  }

  private void drop(Frame frame) {
    dropped.increment();
    LOG.trace("{}: dropped {}", deliverer.getName(), frame);
  }

  private void deliver() {
    try {
      while (true) {
        deliver(arriving.take());
      }
    } catch (InterruptedException e) {
      LOG.trace("{}: cut", deliverer.getName());
    }
  }

  private void deliver(Frame frame) {
    if (!carrier()) {
      drop(frame);
      return;
    }
    try {
      receiver.accept(frame);
    } catch (RuntimeException e) {
      drop(frame);
      LOG.warn("{}: receiver failed on {}: {}", deliverer.getName(), frame, Failure.text(e), e);
    }
  }
}
