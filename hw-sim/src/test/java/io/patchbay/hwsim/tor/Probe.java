package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.FramePort;
import io.patchbay.hwsim.frame.VlanTag;
import io.patchbay.linux.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The far end of a switch port, for tests: keeps what the switch sends, on the same thread. */
final class Probe implements FramePort {
  private final List<Frame> got = new ArrayList<>();
  private Consumer<Frame> receiver = frame -> {};
  private Runnable watcher = () -> {};
  private boolean plugged = true;
  private boolean powered = true;

  @Override
  public synchronized void send(Frame frame) {
    got.add(frame);
  }

  @Override
  public void receiver(Consumer<Frame> receiver) {
    this.receiver = receiver;
  }

  @Override
  public boolean carrier() {
    return plugged && powered;
  }

  @Override
  public void carrierWatcher(Runnable watcher) {
    this.watcher = watcher;
  }

  @Override
  public void power(boolean on) {
    powered = on;
  }

  void plugged(boolean in) {
    plugged = in;
    watcher.run();
  }

  boolean powered() {
    return powered;
  }

  /** Puts a frame on the wire towards the switch. */
  void transmit(Frame frame) {
    receiver.accept(frame);
  }

  /** What has come since the last time. */
  synchronized List<Frame> taken() {
    List<Frame> all = List.copyOf(got);
    got.clear();
    return all;
  }

  /** The tags of what has come since the last time: ids, 0 for untagged. */
  List<Integer> takenTags() {
    return taken().stream().map(frame -> frame.tag().map(VlanTag::id).orElse(0)).toList();
  }

  /** A broadcast from a station; tag 0 is none. */
  static Frame broadcast(int station, int tag) {
    return frame(MacAddress.BROADCAST, station, tag);
  }

  /** A frame from a station to another; tag 0 is none. */
  static Frame unicast(int to, int from, int tag) {
    return frame(station(to), from, tag);
  }

  private static Frame frame(MacAddress to, int from, int tag) {
    Frame plain = Frame.of(to, station(from), 0x88b5, new byte[46]);
    return tag == 0 ? plain : plain.withTag(new VlanTag(tag, 3));
  }

  /** The address of a station. */
  static MacAddress station(int number) {
    return new MacAddress(0x0200_0000_0000L + number);
  }
}
