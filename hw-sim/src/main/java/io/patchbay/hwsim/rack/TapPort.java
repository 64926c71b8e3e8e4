package io.patchbay.hwsim.rack;

import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.FramePort;
import io.patchbay.linux.TapDevice;
import java.util.function.Consumer;

/**
 * An interface of this kernel as the end of a cable: what the kernel sends there goes out, and what
 * is sent here the kernel receives. One platform thread reads the tap and ends with it.
 */
final class TapPort implements FramePort, AutoCloseable {
  private final TapDevice tap;
  private final Thread reader;
  private volatile Consumer<Frame> receiver = frame -> {};

  TapPort(TapDevice tap) {
    this.tap = tap;
    this.reader = Thread.ofPlatform().daemon().name("tap-" + tap.name()).start(this::read);
  }

  private void read() {
    byte[] buffer = new byte[Frame.OCTETS_MAX];
    for (int size = tap.read(buffer); size >= 0; size = tap.read(buffer)) {
      receiver.accept(Frame.read(buffer, 0, size));
    }
  }

  @Override
  public void send(Frame frame) {
    byte[] octets = frame.octets();
    var unused = tap.write(octets, 0, octets.length);
  }

  @Override
  public void receiver(Consumer<Frame> wanted) {
    receiver = wanted;
  }

  @Override
  public void close() {
    tap.close();
    reader.interrupt();
  }
}
