package io.patchbay.torshims;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.function.Predicate;

/**
 * Under which name the shim makes a VLAN on a switch: it says whose it is, and which service's, so
 * that both are known again when the shim's disk is lost.
 *
 * @param services the name of the service that a VLAN belongs to, if any; any thread may ask
 * @param evpn whose VLAN is made in a network instance of its own, under the same name
 * @param reserved whether a segment may be made: no other service has its VNI; any thread may ask
 */
public record VlanNames(
    IntFunction<Optional<String>> services, EvpnServices evpn, Predicate<EvpnInstance> reserved) {
  /** Names that tell nothing of services. */
  public static final VlanNames NUMBERS = new VlanNames(vlan -> Optional.empty());

  private static final String PREFIX = "patchbay-";

  /** What a dot1qVlanStaticName can hold (RFC 4363), and most switches. */
  private static final int OCTETS_MOST = 32;

  private static final int DIGITS = 8;

  /** Where all VLANs are made in one network instance. */
  public VlanNames(IntFunction<Optional<String>> services) {
    this(services, EvpnServices.NONE, segment -> true);
  }

  /** The network instance to make a VLAN in; empty where that is the one that all others share. */
  Optional<EvpnInstance> segment(int vlan) {
    return services.apply(vlan).flatMap(service -> evpn.instance(service, vlan)).filter(reserved);
  }

  /** The names of the network instances that these VLANs may be in, unless all share one. */
  public Set<String> instances(Collection<Integer> vlans) {
    Set<String> all = instances();
    Set<String> some = new TreeSet<>();
    vlans.stream().map(this::of).filter(all::contains).forEach(some::add);
    return some;
  }

  /** The names of all network instances that the shim may have made. */
  public Set<String> instances() {
    return evpn.instances();
  }

  /** The name to make a VLAN under. */
  public String of(int vlan) {
    return services.apply(vlan).map(VlanNames::tag).orElse(PREFIX + vlan);
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
