package io.patchbay.hwsim.tor;

import io.patchbay.base.Time;
import io.patchbay.hwsim.frame.LldpMessage;
import io.patchbay.hwsim.frame.LldpMessage.Identity;
import io.patchbay.hwsim.netconf.Data;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;

/** What the operation get shows beside the configuration: ports, VLANs, neighbours. */
final class StateView {
  private static final String[] INTERFACE = {"interfaces", "interface"};
  private static final String[] LLDP_PORT = {"lldp", "interfaces", "interface"};
  private static final String[] NEIGHBOUR = {
    "lldp", "interfaces", "interface", "neighbors", "neighbor"
  };

  private final String systemName;
  private final List<String> ports;
  private final LldpAgent lldp;
  private final Predicate<String> carrier;
  private final Time time;

  /** A view of a switch; {@code carrier} tells whether a port has any. */
  StateView(
      String systemName, List<String> ports, LldpAgent lldp, Predicate<String> carrier, Time time) {
    this.systemName = systemName;
    this.ports = ports;
    this.lldp = lldp;
    this.carrier = carrier;
    this.time = time;
  }

  /** The configuration with the state put in. */
  Data over(Data running, SwitchPlan plan) {
    Data interfaces = running.child("interfaces").orElseGet(() -> OpenConfig.empty("interfaces"));
    for (int i = 0; i < ports.size(); i++) {
      String name = ports.get(i);
      Data named = OpenConfig.empty(INTERFACE).with("name", name);
      Data entry = interfaces.inPlaceOf(named).orElse(named);
      boolean enabled = plan.ports().containsKey(name) && plan.ports().get(name).enabled();
      interfaces = interfaces.with(withVlanStates(withPortState(entry, i + 1, enabled)));
    }
    return running.with(interfaces).with(neighbours());
  }

  private Data withPortState(Data entry, int index, boolean enabled) {
    boolean up = enabled && carrier.test(entry.key());
    Data state =
        copy(
                entry.child("config").orElse(OpenConfig.empty("interfaces", "interface", "config")),
                OpenConfig.empty("interfaces", "interface", "state"))
            .with("name", entry.key())
            .with(
                "type",
                entry.at("config", "type").map(Data::value).orElse(OpenConfig.ETHERNET_TYPE))
            .with("ifindex", Integer.toString(index))
            .with("enabled", Boolean.toString(enabled))
            .with("admin-status", enabled ? "UP" : "DOWN")
            .with("oper-status", up ? "UP" : "DOWN");
    return entry.with(state);
  }

  private static Data withVlanStates(Data entry) {
    return withVlanState(withVlanState(entry, "ethernet"), "aggregation");
  }

  private static Data withVlanState(Data entry, String container) {
    Data switched = OpenConfig.empty("interfaces", "interface", container, "switched-vlan");
    return entry
        .at(container, "switched-vlan", "config")
        .map(config -> {
          Data state = copy(config, Data.empty(switched.schema().child("state")));
          return entry.with(
              OpenConfig.empty("interfaces", "interface", container)
                  .with(switched.with(config).with(state)));
        })
        .orElse(entry);
  }

  /** The leaves of a config container, in the state container beside it. */
  private static Data copy(Data config, Data state) {
    return new Data(state.schema(), "", config.children());
  }

  private Data neighbours() {
    Data all = OpenConfig.empty("lldp", "interfaces");
    for (String port : ports) {
      all = all.with(neighbours(port));
    }
    Identity chassis = lldp.chassis();
    return OpenConfig.empty("lldp")
        .with(
            OpenConfig.empty("lldp", "state")
                .with("system-name", systemName)
                .with("chassis-id", chassis.value())
                .with("chassis-id-type", chassis.type().name()))
        .with(all);
  }

  private Data neighbours(String port) {
    Data list = OpenConfig.empty("lldp", "interfaces", "interface", "neighbors");
    int id = 0;
    for (LldpNeighbour neighbour : lldp.neighbours(port)) {
      list = list.with(neighbour(Integer.toString(++id), neighbour));
    }
    Data entry =
        OpenConfig.empty(LLDP_PORT)
            .with("name", port)
            .with(
                OpenConfig.empty("lldp", "interfaces", "interface", "state")
                    .with("name", port)
                    .with("enabled", "true"));
    return list.isEmpty() ? entry : entry.with(list);
  }

  private Data neighbour(String id, LldpNeighbour neighbour) {
    LldpMessage message = neighbour.message();
    Instant now = time.now();
    Data state =
        Data.empty(OpenConfig.empty(NEIGHBOUR).schema().child("state"))
            .with("id", id)
            .with("age", seconds(neighbour.firstHeard(), now))
            .with("last-update", seconds(neighbour.lastHeard(), now))
            .with("ttl", Integer.toString(message.ttlSeconds()))
            .with("chassis-id", message.chassis().value())
            .with("chassis-id-type", message.chassis().type().name())
            .with("port-id", message.port().value())
            .with("port-id-type", message.port().type().name());
    if (!message.portDescription().isEmpty()) {
      state = state.with("port-description", message.portDescription());
    }
    if (!message.systemName().isEmpty()) {
      state = state.with("system-name", message.systemName());
    }
    return OpenConfig.empty(NEIGHBOUR).with("id", id).with(state);
  }

  private static String seconds(Instant from, Instant to) {
    return Long.toString(Duration.between(from, to).toSeconds());
  }
}
