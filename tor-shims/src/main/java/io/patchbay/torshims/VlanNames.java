package io.patchbay.torshims;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * Under which name the shim makes a VLAN on a switch: it says whose it is, and which service's, so
 * that both are known again when the shim's disk is lost.
 *
 * @param services the name of the service that a VLAN belongs to, if any; any thread may ask
 * @param evpn whose VLAN is made in a network instance of its own, under the same name
 * @param holders who has the VNI of a segment; any thread may ask
 */
public record VlanNames(
    IntFunction<Optional<String>> services,
    EvpnServices evpn,
    Function<EvpnInstance, Holder> holders) {
  /** For whom the VNI of a segment is reserved. */
  public enum Holder {
    /** It may be made. */
    ITSELF,
    /** It may stay where it is, but not be made yet. */
    NOBODY,
    /** It may not be anywhere. */
    ANOTHER
  }

  /** Names that tell nothing of services. */
  public static final VlanNames NUMBERS = new VlanNames(vlan -> Optional.empty());

  private static final String PREFIX = "patchbay-";

  /** What a dot1qVlanStaticName can hold (RFC 4363), and most switches. */
  private static final int OCTETS_MOST = 32;

  private static final int DIGITS = 8;

  /** Where all VLANs are made in one network instance. */
  public VlanNames(IntFunction<Optional<String>> services) {
    this(services, EvpnServices.NONE, segment -> Holder.ITSELF);
  }

  /** The network instance to make a VLAN in; empty where that is the one that all others share. */
  Optional<EvpnInstance> segment(int vlan) {
    return segmentOf(vlan).filter(segment -> holders.apply(segment) == Holder.ITSELF);
  }

  /** The network instance that a VLAN is left in where it is so: nobody has its VNI yet. */
  Optional<EvpnInstance> unreserved(int vlan) {
    return segmentOf(vlan).filter(segment -> holders.apply(segment) == Holder.NOBODY);
  }

  private Optional<EvpnInstance> segmentOf(int vlan) {
    return services.apply(vlan).flatMap(service -> evpn.instance(service, vlan));
  }

  /** The names of the network instances that these VLANs may be in, unless all share one. */
  public Set<String> instances(Collection<Integer> vlans) {
    Set<String> all = instances();
    Set<String> some = new TreeSet<>();
    for (int vlan : vlans) {
      Optional<String> tag = tag(vlan);
      if (tag.isEmpty()) {
        return all;
      }
      tag.filter(all::contains).ifPresent(some::add);
    }
    return some;
  }

  /** The names of all network instances that the shim may have made. */
  public Set<String> instances() {
    return evpn.instances();
  }

  /** The name to make a VLAN under. */
  public String of(int vlan) {
    return tag(vlan).orElse(PREFIX + vlan);
  }

  /** The name of the network instance of a VLAN's service, if a service has it. */
  Optional<String> tag(int vlan) {
    return services.apply(vlan).map(VlanNames::tag);
  }

  /** The name of a service's VLAN: the same for the same service, and hardly for two. */
  static String tag(String service) {
    String name = PREFIX + service;
    return name.length() <= OCTETS_MOST && name.chars().allMatch(VlanNames::isPlain)
        ? name
        : PREFIX + "x" + digest(service);
  }

  private static boolean isPlain(int letter) {
    return letter < 128 && (Character.isLetterOrDigit(letter) || "-_.".indexOf(letter) >= 0);
  }

  private static String digest(String service) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(service.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, DIGITS);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Whether the shim has made a VLAN of that name. */
  public static boolean isOurs(String name) {
    return name.startsWith(PREFIX);
  }
}
