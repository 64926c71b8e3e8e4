package io.patchbay.torshims;

import io.patchbay.base.Failure;

/** What the shim is told of its fabric. Immutable. */
record Inventory(Switches switches, FabricServices fabric, Cables cables) {
  /** Reads the three files. Throws {@link Failure} naming the file and line or field. */
  static Inventory read(TorShimConfig config) {
    Switches switches = Switches.readFile(config.switchesFile());
    FabricServices fabric = FabricServices.readFile(config.fabricFile(), switches.names());
    fabric.requireSettable(switches);
    return new Inventory(switches, fabric, Cables.readFile(config.cablesFile(), switches.names()));
  }
}
