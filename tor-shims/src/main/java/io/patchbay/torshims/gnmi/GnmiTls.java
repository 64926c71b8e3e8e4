package io.patchbay.torshims.gnmi;

import io.patchbay.base.Failure;
import io.patchbay.sockets.TransportSecurity;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.SwitchEntry.Gnmi;
import io.patchbay.torshims.TlsFiles;

/** Reads from the files of a switch's entry whom to trust and what to show. */
final class GnmiTls {
  private GnmiTls() {}

  /**
   * Throws {@link Failure} naming the switch and the file that is missing, unreadable or not what
   * it should be.
   */
  static TransportSecurity of(SwitchEntry entry, Gnmi gnmi) {
    String name = gnmi.serverName().isEmpty() ? entry.host() : gnmi.serverName();
    try {
      return TlsFiles.read(gnmi.caFile(), gnmi.certificateFile(), gnmi.keyFile()).toServer(name);
    } catch (Failure e) {
      throw new Failure(e.kind(), entry.who() + ": gnmi: " + Failure.text(e), e);
    }
  }
}
