package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.patchbay.base.Url;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class PublishedUrlTest {
  @Test
  void keepsAHostAndFillsInAnEmptyOne() throws Exception {
    assertEquals(Url.parse("tcp://tor:5003"), PublishedUrl.of(Url.parse("tcp://tor:5003")));
    boolean connected =
        java.net.NetworkInterface.networkInterfaces()
            .flatMap(java.net.NetworkInterface::inetAddresses)
            .anyMatch(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress());
    Assumptions.assumeTrue(connected, "needs an address besides loopback");
    Url published = PublishedUrl.of(Url.parse("tcp://:5003"));
    assertNotEquals("", published.host());
    assertEquals(5003, published.port());
  }
}
