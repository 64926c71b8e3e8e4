package io.patchbay.linux;

/** One thing to set about one virtual function; {@code vf} is its number. */
public sealed interface VfChange {
  /** The number of the virtual function. */
  int vf();

  /** Its Ethernet address. */
  record Mac(int vf, MacAddress mac) implements VfChange {}

  /** The tag on its frames. */
  record Vlan(int vf, VfVlan vlan) implements VfChange {}

  /** Its transmit rates. */
  record Rates(int vf, VfRates rates) implements VfChange {}

  /** Whether frames with a foreign source address are dropped. */
  record SpoofCheck(int vf, boolean on) implements VfChange {}

  /** The carrier it is shown. */
  record LinkState(int vf, VfLinkState state) implements VfChange {}

  /** Whether it may act for others. */
  record Trust(int vf, boolean on) implements VfChange {}
}
