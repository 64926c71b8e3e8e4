package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.FramePort;
import java.util.function.Consumer;

/** A cable for tests that delivers on the thread that sends, and loses nothing while it is lit. */
final class Wire {
  private final End near = new End();
  private final End far = new End();
  private boolean plugged = true;

  FramePort near() {
    return near;
  }

  FramePort far() {
    return far;
  }

  void plugged(boolean in) {
    plugged = in;
    changed();
  }

  private void changed() {
    near.watcher.run();
    far.watcher.run();
  }

  private final class End implements FramePort {
    private Consumer<Frame> receiver = frame -> {};
    private Runnable watcher = () -> {};
    private boolean powered = true;

    @Override
    public void send(Frame frame) {
      if (carrier()) {
        (this == near ? far : near).receiver.accept(frame);
      }
    }

    @Override
    public void receiver(Consumer<Frame> to) {
      receiver = to;
    }

    @Override
    public boolean carrier() {
      return plugged && near.powered && far.powered;
    }

    @Override
    public void carrierWatcher(Runnable told) {
      watcher = told;
    }

    @Override
    public void power(boolean on) {
      powered = on;
      changed();
    }
  }
}
