package io.patchbay.torshims.netconf;

import io.patchbay.hwsim.netconf.Capability;
import java.nio.file.Path;
import java.util.Set;

/**
 * The driver against a simulated switch that offers the least it can live with: base 1.0, and that
 * what is running can be edited. Where a part of an edit fails, the rest of it stays there.
 */
class OldSwitchTest extends RunningSuite {
  @Override
  Target open(Path home) {
    return new SimulatedTarget(home, Set.of(Capability.WRITABLE_RUNNING));
  }
}
