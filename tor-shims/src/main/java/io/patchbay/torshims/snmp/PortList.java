package io.patchbay.torshims.snmp;

import java.util.Arrays;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * A set of bridge ports as Q-BRIDGE-MIB has it: port 1 is the most significant bit of the first
 * octet; octets that are left out are zero. It keeps the length that it was given, for there are
 * agents that take no other, and grows only where a port has no room. Immutable. Pure.
 */
final class PortList {
  private static final int BITS = 8;
  private static final int FIRST = 0x80;

  private final byte[] octets;

  private PortList(byte[] octets) {
    this.octets = octets;
  }

  /** As read. */
  static PortList of(byte[] octets) {
    return new PortList(octets.clone());
  }

  /** No port, in so many octets. */
  static PortList empty(int length) {
    return new PortList(new byte[length]);
  }

  private static int octet(int port) {
    if (port < 1) {
      throw new IllegalArgumentException("bridge ports begin with 1: " + port);
    }
    return (port - 1) / BITS;
  }

  private static int mask(int port) {
    return FIRST >> ((port - 1) % BITS);
  }

  /** So many octets are needed for a port. */
  static int lengthFor(int port) {
    return octet(port) + 1;
  }

  boolean has(int port) {
    int octet = octet(port);
    return octet < octets.length && (octets[octet] & mask(port)) != 0;
  }

  /** The same with a port in it or not. */
  PortList with(int port, boolean in) {
    if (has(port) == in) {
      return this;
    }
    byte[] changed = Arrays.copyOf(octets, Math.max(octets.length, lengthFor(port)));
    changed[octet(port)] ^= (byte) mask(port);
    return new PortList(changed);
  }

  boolean isEmpty() {
    return ports().isEmpty();
  }

  SortedSet<Integer> ports() {
    SortedSet<Integer> ports = new TreeSet<>();
    for (int port = 1; port <= octets.length * BITS; port++) {
      if (has(port)) {
        ports.add(port);
      }
    }
    return ports;
  }

  int length() {
    return octets.length;
  }

  /** As it is sent. */
  byte[] octets() {
    return octets.clone();
  }

  /** Whether the same ports are in it, in as many octets. */
  @Override
  public boolean equals(Object other) {
    return other instanceof PortList list && Arrays.equals(octets, list.octets);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(octets);
  }

  @Override
  public String toString() {
    return ports().toString();
  }
}
