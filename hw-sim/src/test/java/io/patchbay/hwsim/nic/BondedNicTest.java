package io.patchbay.hwsim.nic;

import static io.patchbay.hwsim.nic.Samples.NIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.LinkAggregationGroup;
import io.patchbay.linux.MacAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A NIC with a link to each of two switches, which its VFs do not see. */
@Timeout(30)
class BondedNicTest {
  private final FakeNetdevs netdevs = new FakeNetdevs();
  private final List<Cable> cables = List.of(new Cable("one"), new Cable("two"));
  private final BlockingQueue<Frame> got = new LinkedBlockingQueue<>();
  private final MachineNics nics =
      MachineNics.withoutEdges(
          List.of(
              new MachineNics.Plugged(
                  NIC, new LinkAggregationGroup(cables.stream().map(Cable::nicEnd).toList()))),
          netdevs);

  @BeforeEach
  void oneVf() {
    cables.forEach(cable -> cable.switchEnd().receiver(got::add));
    if (nics.sysfs().find("/devices/" + NIC.address() + "/sriov_numvfs").orElseThrow()
        instanceof SysfsNode.Both both) {
      both.store().accept("1");
    }
  }

  @AfterEach
  void close() {
    nics.close();
    cables.forEach(Cable::close);
  }

  @Test
  void carrierIsLostWithTheLastLink() {
    assertTrue(carrier());
    cables.get(0).unplug();
    assertTrue(carrier());
    cables.get(1).switchEnd().power(false);
    assertFalse(carrier());
    cables.get(0).plug();
    assertTrue(carrier());
  }

  @Test
  void framesOfAVfComeInByEitherLinkAndGoOutByOneThatIsUp() throws Exception {
    Frame out = Samples.frame(netdevs.named("pf0v0").mac, Samples.OUTSIDE);
    netdevs.named("pf0v0").send(out);
    assertEquals(out, got.poll(10, TimeUnit.SECONDS));
    for (Cable cable : cables) {
      cable.unplug();
      netdevs.named("pf0v0").send(out);
      assertEquals(out, got.poll(10, TimeUnit.SECONDS), "by the other link");
      cable.plug();
    }
    Frame in = Samples.frame(Samples.OUTSIDE, MacAddress.BROADCAST);
    cables.get(0).switchEnd().send(in);
    cables.get(1).switchEnd().send(in);
    Await.until(
        "both arrive", Duration.ofSeconds(10), () -> netdevs.named("pf0v0").received.size() == 2);
  }

  private boolean carrier() {
    boolean pf = netdevs.named("pf0").carrier;
    assertEquals(pf, netdevs.named("pf0v0").carrier, "a VF has the carrier of its PF");
    return pf;
  }
}
