package io.patchbay.torshims.gnmi;

/** gNMI towards a switch that keeps every change at once. */
class GnmiUnconfirmedContractTest extends GnmiContractTest {
  @Override
  boolean confirms() {
    return false;
  }
}
