package io.patchbay.torshims;

import java.util.Objects;

/**
 * One thing of a switch port that the shim owns by itself: it is read and written, and in the end
 * given back, without the others. Written as a key, which stands wherever a port's name could; that
 * of a port's VLANs is the name itself.
 *
 * @param port the port's name on its switch
 */
public record PortItem(String port, Aspect aspect) {
  /** What of a port. */
  public enum Aspect {
    /** The VLANs that it carries: of every service. */
    VLANS(""),
    /** The longest frame: only of services that say so, as all that follow. */
    MTU(" [mtu]"),
    /** For whom it is. */
    DESCRIPTION(" [description]");

    /** No switch has ports whose names end so. */
    private final String suffix;

    Aspect(String suffix) {
      this.suffix = suffix;
    }
  }

  public PortItem {
    Objects.requireNonNull(port);
    Objects.requireNonNull(aspect);
  }

  /** The item that a key names. */
  public static PortItem of(String key) {
    for (Aspect aspect : Aspect.values()) {
      if (aspect != Aspect.VLANS && key.endsWith(aspect.suffix)) {
        return new PortItem(key.substring(0, key.length() - aspect.suffix.length()), aspect);
      }
    }
    return new PortItem(key, Aspect.VLANS);
  }

  /** The port of the item that a key names. */
  static String port(String key) {
    return of(key).port();
  }

  /** How it is named where a port's name could stand. */
  public String key() {
    return port + aspect.suffix;
  }

  @Override
  public String toString() {
    return key();
  }
}
