package io.patchbay.hwsim.nic;

import io.patchbay.hwsim.frame.Frame;
import io.patchbay.linux.MacAddress;
import java.util.function.Consumer;

/**
 * The network interface of one function: what its driver shows to the kernel, in whatever namespace
 * it is now. Safe for all threads; closing removes it, twice does nothing.
 */
interface Netdev extends AutoCloseable {
  /** How netdevs come into being. */
  @FunctionalInterface
  interface Maker {
    /**
     * Makes an interface in the first namespace of the machine, down. A thread of its own gives
     * what it sends to {@code sent}.
     */
    Netdev make(String name, MacAddress mac, Consumer<Frame> sent);
  }

  /** Where it is now and what it is called there. */
  NetdevPlace place();

  /** Its index in the first namespace, where it was made. */
  int index();

  /** Whether it is administratively up ({@code IFF_UP}) in the first namespace. */
  boolean up();

  /** Sets its address, wherever it is. */
  void mac(MacAddress mac);

  /** Gives it carrier, or takes it away. */
  void carrier(boolean on);

  /** Hands it a frame that has arrived; false when it is down, full or just dying. */
  boolean deliver(Frame frame);

  @Override
  void close();
}
