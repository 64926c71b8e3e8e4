package io.patchbay.torshims.gnmi;

/** By gNMI to a switch that keeps every change at once. */
class GnmiUnconfirmedEvpnTest extends GnmiEvpnTest {
  @Override
  boolean confirms() {
    return false;
  }
}
