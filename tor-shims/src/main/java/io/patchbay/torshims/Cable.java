package io.patchbay.torshims;

import static java.util.Objects.requireNonNullElse;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.patchbay.base.Failure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One cable: a physical function at one end, a switch port at the other; or, where two switches are
 * an MLAG pair, a port of each.
 *
 * @param pfMac the physical function's own MAC address; written with colons, dashes, dots or none
 * @param lag the members of the LAG that the port is, where the switch hears LLDP; empty where the
 *     port is none
 * @param pair where it is at the second switch; null where there is none
 * @param nativeVlan the VLAN of the frames that the node sends without a tag, at both ends, while
 *     services are on the port; null where such frames are dropped
 */
public record Cable(
    String node,
    String pfMac,
    @JsonProperty("switch") String switchName,
    String port,
    List<String> lag,
    @Nullable Pair pair,
    @Nullable Integer nativeVlan) {
  public Cable {
    node = required("node", node);
    pfMac = mac(required("pfMac", pfMac));
    switchName = required("switch", switchName);
    port = plain("port", port);
    lag = lag == null ? List.of() : List.copyOf(lag);
    if (pair != null && pair.switchName().equals(switchName)) {
      throw new Failure(
          Failure.Kind.INVALID,
          "pair.switch: " + switchName + " again; the pair of a port is at another switch");
    }
    if (nativeVlan != null) {
      requireVlan(nativeVlan);
    }
  }

  /** A cable with one switch port. */
  public Cable(String node, String pfMac, String switchName, String port) {
    this(node, pfMac, switchName, port, List.of(), null, null);
  }

  /**
   * The other port of an MLAG pair.
   *
   * @param lag as of the first
   * @param pfMac the MAC address of the physical function at it, null where it is the same
   */
  public record Pair(
      @JsonProperty("switch") String switchName,
      String port,
      List<String> lag,
      @Nullable String pfMac) {
    public Pair {
      switchName = required("pair.switch", switchName);
      port = plain("pair.port", port);
      lag = lag == null ? List.of() : List.copyOf(lag);
      pfMac = pfMac == null ? null : mac(pfMac);
    }
  }

  /** Each port as if it had the cable for itself, the first one first. */
  List<Cable> ends() {
    Cable first = new Cable(node, pfMac, switchName, port, lag, null, nativeVlan);
    if (pair == null) {
      return List.of(first);
    }
    String second = requireNonNullElse(pair.pfMac(), pfMac);
    return List.of(
        first,
        new Cable(node, second, pair.switchName(), pair.port(), pair.lag(), null, nativeVlan));
  }

  /** The ports that a plug is in: of a LAG its members. */
  List<String> plugs() {
    return lag.isEmpty() ? List.of(port) : lag;
  }

  /** A port's name, which no item's key may be taken for. */
  static String plain(String field, @Nullable String value) {
    String port = required(field, value);
    if (PortItem.of(port).aspect() != PortItem.Aspect.VLANS) {
      throw new Failure(
          Failure.Kind.INVALID,
          field + " '" + port + "' is how the shim itself writes a part of a port; name the port");
    }
    return port;
  }

  private static void requireVlan(int vlan) {
    try {
      var unused = PortConfig.checkVlan(vlan);
    } catch (Failure e) {
      throw new Failure(e.kind(), "nativeVlan: " + Failure.text(e), e);
    }
  }

  private static String required(String field, @Nullable String value) {
    if (value == null || value.isBlank()) {
      throw new Failure(Failure.Kind.INVALID, "a cable without '" + field + "'");
    }
    return value;
  }

  /** A MAC address in lower case with colons. Throws {@link Failure} of kind INVALID. */
  static String mac(String text) {
    return MacText.normal(text)
        .orElseThrow(
            () -> new Failure(Failure.Kind.INVALID, "'" + text + "' is not a MAC address"));
  }
}
