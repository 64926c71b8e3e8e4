package io.patchbay.torshims;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

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
    DESCRIPTION(" [description]"),
    /** Which ACLs frames from the port are held against. */
    ACL_IN(" [acl in]"),
    /** And those to it. */
    ACL_OUT(" [acl out]"),
    /** Which scheduler policy frames from the port are under. */
    QOS_IN(" [qos in]"),
    /** And those to it. */
    QOS_OUT(" [qos out]");

    /** What is bound to a port, of what is the switch's own; it acts on all VLANs there. */
    public static final Set<Aspect> BOUND =
        Collections.unmodifiableSet(EnumSet.range(ACL_IN, QOS_OUT));

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

  /** Whether a key names the VLANs of a port. */
  static boolean isVlans(String key) {
    return of(key).aspect() == Aspect.VLANS;
  }

  /** Whether it is bound: see {@link Aspect#BOUND}. */
  public boolean isBound() {
    return Aspect.BOUND.contains(aspect);
  }

  /** The one of the other direction, in the same {@link PortEntry}; only what is bound has it. */
  public Optional<PortItem> twin() {
    return switch (aspect) {
      case VLANS, MTU, DESCRIPTION -> Optional.empty();
      case ACL_IN -> Optional.of(new PortItem(port, Aspect.ACL_OUT));
      case ACL_OUT -> Optional.of(new PortItem(port, Aspect.ACL_IN));
      case QOS_IN -> Optional.of(new PortItem(port, Aspect.QOS_OUT));
      case QOS_OUT -> Optional.of(new PortItem(port, Aspect.QOS_IN));
    };
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
