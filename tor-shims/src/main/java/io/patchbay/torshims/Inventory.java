package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** What the shim is told of its fabric. Immutable. */
record Inventory(Switches switches, FabricServices fabric, Cables cables) {
  /**
   * Reads the three files, and the services that are objects. Throws {@link Failure} naming the
   * file and line or field.
   *
   * @param objects where services are asked for beside the file; empty where nowhere
   * @param objection why a service can have no VLAN, as far as that is known
   * @param tells whether to say on those objects what has become of them
   */
  static Inventory read(
      TorShimConfig config,
      Optional<ObjectServices> objects,
      Function<FabricService, Optional<String>> objection,
      boolean tells) {
    Switches switches = Switches.readFile(config.switchesFile());
    Path file = config.fabricFile();
    Set<String> names = switches.names();
    FabricServices fabric =
        objects.isEmpty()
            ? FabricServices.readFile(file, names)
            : FabricServices.readFileOfSome(file, names);
    fabric.requireSettable(switches);
    return new Inventory(
        switches,
        objects.map(asked -> asked.addTo(fabric, switches, objection, tells)).orElse(fabric),
        Cables.readFile(config.cablesFile(), names));
  }
}
