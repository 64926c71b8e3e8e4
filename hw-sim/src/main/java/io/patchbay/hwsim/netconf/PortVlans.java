package io.patchbay.hwsim.netconf;

import java.util.Optional;

/**
 * Where an entry of OpenConfig's {@code interfaces/interface} says what the port does with VLANs:
 * in {@code ethernet/switched-vlan}, a LAG in {@code aggregation/switched-vlan}. Pure.
 */
public final class PortVlans {
  private static final String LAG_TYPE = "ieee8023adLag";
  private static final String SWITCHED = "switched-vlan";

  private PortVlans() {}

  /** The container in which an interface of that type has it, and the only one it may have. */
  public static String container(Data entry) {
    boolean lag =
        entry.at("config", "type").filter(type -> type.value().endsWith(LAG_TYPE)).isPresent();
    return lag ? "aggregation" : "ethernet";
  }

  /** The leaves of {@code switched-vlan/config}, if there are any. */
  public static Optional<Data> config(Data entry) {
    return entry.at(container(entry), SWITCHED, "config");
  }

  /** The entry with other ones, or with none; what is empty then is left out. */
  public static Data with(Data entry, Optional<Data> config) {
    Schema below = entry.schema().child(container(entry));
    Data switched = Data.empty(below.child(SWITCHED));
    Data there = entry.child(below.name()).orElseGet(() -> Data.empty(below));
    Data changed =
        config.isEmpty() ? there.without(switched) : there.with(switched.with(config.get()));
    return changed.isEmpty() ? entry.without(changed) : entry.with(changed);
  }

  /** What such leaves are of. */
  public static Schema schema(Data entry) {
    return entry.schema().child(container(entry)).child(SWITCHED).child("config");
  }
}
