package io.patchbay.hwsim.nic;

import io.patchbay.hwsim.frame.Frame;
import io.patchbay.linux.MacAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Netdevs that only remember, by the name they were made with. For one thread. */
final class FakeNetdevs implements Netdev.Maker {
  /** The inode of the only namespace there is. */
  static final long HOME = 1;

  final Map<String, Fake> open = new LinkedHashMap<>();
  private int made;

  @Override
  public Netdev make(String name, MacAddress mac, Consumer<Frame> sent) {
    Fake fake = new Fake(name, mac, sent, ++made);
    open.put(name, fake);
    return fake;
  }

  Fake named(String name) {
    return Optional.ofNullable(open.get(name)).orElseThrow(() -> new AssertionError(open.keySet()));
  }

  /** One of them. */
  final class Fake implements Netdev {
    final List<Frame> received = new ArrayList<>();
    private final String madeAs;
    private final Consumer<Frame> sent;
    private final int index;
    MacAddress mac;
    boolean carrier;
    boolean up = true;
    NetdevPlace place;

    private Fake(String name, MacAddress mac, Consumer<Frame> sent, int index) {
      this.madeAs = name;
      this.mac = mac;
      this.sent = sent;
      this.index = index;
      this.place = new NetdevPlace(name, true, HOME);
    }

    void send(Frame frame) {
      sent.accept(frame);
    }

    @Override
    public NetdevPlace place() {
      return place;
    }

    @Override
    public int index() {
      return index;
    }

    @Override
    public boolean up() {
      return up;
    }

    @Override
    public void mac(MacAddress address) {
      mac = address;
    }

    @Override
    public void carrier(boolean on) {
      carrier = on;
    }

    @Override
    public boolean deliver(Frame frame) {
      received.add(frame);
      return true;
    }

    @Override
    public void close() {
      open.remove(madeAs);
    }
  }
}
