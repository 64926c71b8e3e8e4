package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The switches file: how to reach each switch of the fabric. Immutable. */
public record Switches(List<SwitchEntry> switches) {
  public Switches {
    switches = switches == null ? List.of() : List.copyOf(switches);
    Set<String> names = new HashSet<>();
    for (int i = 0; i < switches.size(); i++) {
      String name = switches.get(i).name();
      if (!names.add(name)) {
        throw new Failure(
            Failure.Kind.INVALID,
            "switches[" + i + "].name: switch " + name + " is listed twice; remove one");
      }
    }
    if (switches.isEmpty()) {
      throw new Failure(Failure.Kind.INVALID, "no switch below 'switches'");
    }
  }

  /**
   * Reads the file; file names in it are relative to its folder. Throws {@link Failure} of kind
   * INVALID with file and line, or NOT_FOUND.
   */
  public static Switches readFile(Path file) {
    return new Switches(
        Json.readFile(file, Switches.class).switches().stream()
            .map(entry -> entry.beside(file))
            .toList());
  }

  /** The names of all switches. */
  public Set<String> names() {
    return switches.stream().map(SwitchEntry::name).collect(Collectors.toUnmodifiableSet());
  }

  /** The names of those that can have network instances of the shim's. */
  Set<String> namesWithInstances() {
    return switches.stream()
        .filter(entry -> !entry.networkInstance().isEmpty())
        .map(SwitchEntry::name)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** The names of those that are spoken to by NETCONF. */
  Set<String> namesByNetconf() {
    return switches.stream()
        .filter(SwitchEntry::byNetconf)
        .map(SwitchEntry::name)
        .collect(Collectors.toUnmodifiableSet());
  }
}
