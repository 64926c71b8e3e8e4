package io.patchbay.torshims;

import static java.util.Objects.requireNonNullElse;

import io.patchbay.base.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * One network service that the fabric offers.
 *
 * @param payload ETHERNET or IP; ETHERNET when not given
 * @param vlans ids and {@code low-high} ranges the service's VLAN is taken from; one id fixes it
 * @param switches where it can be had; everywhere when not given
 * @param mtu the largest frame payload in bytes, 0 when the service does not care
 */
public record FabricService(
    String name,
    String payload,
    List<String> vlans,
    Addressing addresses,
    List<String> switches,
    Integer mtu) {
  public FabricService {
    if (name == null || name.isBlank() || name.indexOf('@') >= 0) {
      throw new Failure(Failure.Kind.INVALID, "a service needs a 'name' without '@'");
    }
    if (vlans == null || vlans.isEmpty() || addresses == null) {
      throw new Failure(Failure.Kind.INVALID, "service " + name + ": give 'vlans' and 'addresses'");
    }
    payload = requireNonNullElse(payload, "ETHERNET");
    if (!payload.equals("ETHERNET") && !payload.equals("IP")) {
      throw new Failure(
          Failure.Kind.INVALID, "payload '" + payload + "' of service " + name + " is not known");
    }
    vlans = List.copyOf(vlans);
    switches = switches == null ? List.of() : List.copyOf(switches);
    mtu = requireNonNullElse(mtu, 0);
    if (mtu != 0 && (mtu < 68 || mtu > 65535)) {
      throw new Failure(
          Failure.Kind.INVALID, "mtu " + mtu + " of service " + name + " is not in 68..65535");
    }
    pool(vlans);
  }

  /** Every VLAN the service may have. */
  SortedSet<Integer> pool() {
    return pool(vlans);
  }

  private static SortedSet<Integer> pool(List<String> vlans) {
    SortedSet<Integer> pool = new TreeSet<>();
    for (String range : vlans) {
      List<Integer> ends = new ArrayList<>();
      for (String end : range.split("-", 2)) {
        try {
          ends.add(PortConfig.checkVlan(Integer.parseInt(end.strip())));
        } catch (NumberFormatException e) {
          throw new Failure(
              Failure.Kind.INVALID, "vlans: '" + range + "' is neither an id nor low-high", e);
        }
      }
      if (ends.getFirst() > ends.getLast()) {
        throw new Failure(Failure.Kind.INVALID, "vlans: '" + range + "' runs backwards");
      }
      for (int vlan = ends.getFirst(); vlan <= ends.getLast(); vlan++) {
        pool.add(vlan);
      }
    }
    return pool;
  }

  /** Whether the service can be had at a switch. */
  boolean isAt(String switchName) {
    return switches.isEmpty() || switches.contains(switchName);
  }
}
