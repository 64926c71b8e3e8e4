package io.patchbay.torshims.netconf;

import io.patchbay.hwsim.netconf.Capability;
import java.util.Set;

/** By NETCONF to a switch that is written in place. */
class NetconfRunningEvpnTest extends NetconfEvpnTest {
  @Override
  protected Set<Capability> capabilities() {
    return Set.of(Capability.WRITABLE_RUNNING, Capability.ROLLBACK_ON_ERROR);
  }
}
