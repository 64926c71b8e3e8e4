package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.hwsim.nic.NicHardware;
import io.patchbay.hwsim.nic.NicModel;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.VfVlan;
import io.patchbay.linux.VirtualFunctions;
import io.patchbay.linux.netlink.NetlinkEndpoint;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two PFs, one of which does not answer. */
class VfControlTest {
  private static final MacAddress MAC = MacAddress.parse("02:00:00:00:01:01");

  @TempDir Path folder;
  private final Stack opened = new Stack();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch recovered = new CountDownLatch(1);
  private VfControl control;

  /** The one that does not answer. */
  private volatile String slow = "pf0";

  @BeforeEach
  void powerOn() {
    MachineNics.obstacle().ifPresent(why -> Assumptions.abort("simulated NICs: " + why));
    NetworkNamespace home = opened.push(NetworkNamespace.create());
    List<MachineNics.Plugged> plugged = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Cable cable = opened.push(new Cable("test-" + i));
      NicHardware nic =
          new NicHardware(
              PciAddress.parse("0000:3" + i + ":00.0"),
              "pf" + i,
              MacAddress.parse("02:00:00:00:01:0" + i),
              2,
              NicModel.E810,
              NicHardware.Slot.PLAIN);
      plugged.add(new MachineNics.Plugged(nic, cable.nicEnd()));
    }
    Path netlink = folder.resolve("netlink");
    opened.push(
        MachineNics.open(new MachineNics.Machine(home, folder.resolve("pci"), netlink), plugged));
    control =
        opened.push(
            new VfControl(
                () -> new VirtualFunctions(hanging(NetlinkEndpoint.unix(netlink))), Omission.NONE));
  }

  @AfterEach
  void powerOff() {
    recovered.countDown();
    opened.close();
  }

  /** Passes on everything but answers about pf0. */
  private NetlinkEndpoint hanging(NetlinkEndpoint endpoint) {
    return new NetlinkEndpoint() {
      private volatile boolean hangs;

      @Override
      public void send(byte[] datagram) {
        hangs |= new String(datagram, StandardCharsets.ISO_8859_1).contains(slow);
        endpoint.send(datagram);
      }

      @Override
      public byte[] receive(Duration timeout) {
        if (hangs) {
          asked.countDown();
          hang();
        }
        return endpoint.receive(timeout);
      }

      @Override
      public void close() {
        endpoint.close();
      }
    };
  }

  private void hang() {
    try {
      recovered.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void onePhysicalFunctionThatHangsHoldsUpNoOther() throws InterruptedException {
    List<Thread> stuck = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      stuck.add(Thread.ofVirtual().start(this::askTheSick));
    }
    assertTrue(asked.await(10, TimeUnit.SECONDS));
    assertEquals(MAC, control.pfMac("pf1"));
    assertTrue(stuck.stream().allMatch(Thread::isAlive), "the other one still hangs");
    recovered.countDown();
    for (Thread each : stuck) {
      each.join();
    }
  }

  @Test
  void aServiceTagIsSetAndReadBack() {
    CapablePf pf = new CapablePf();
    VfControl capable = opened.push(new VfControl(() -> new VirtualFunctions(pf), Omission.NONE));
    VfControl.Place place = new VfControl.Place("pf0", 0);
    VfVlan service = new VfVlan(100, 3, VfVlan.Protocol.DOT1AD);
    capable.tag(place, service);
    assertEquals(service, pf.vlan());
    capable.tag(place, service);
    assertEquals(1, pf.writes(), "what is so already is not written");
    capable.tag(place, new VfVlan(100, 3, VfVlan.Protocol.DOT1Q));
    assertEquals(VfVlan.Protocol.DOT1Q, pf.vlan().protocol(), "another tag of the same VLAN");
    capable.untag(place);
    assertEquals(VfVlan.NONE, pf.vlan());
    capable.tag(place, service);
    capable.tag(place, new VfVlan(0, 3, VfVlan.Protocol.DOT1Q));
    capable.untag(place);
    assertEquals(VfVlan.NONE, pf.vlan(), "a priority alone is a tag, too");
  }

  /** Many pods that start at once on one PF are more than some firmware takes at a time. */
  @Test
  void aFirmwareThatIsBusyIsAskedAgain() {
    CapablePf pf = new CapablePf();
    VfControl patient = opened.push(new VfControl(() -> new VirtualFunctions(pf), Omission.NONE));
    pf.beBusy(3);
    patient.tag(new VfControl.Place("pf0", 0), VfVlan.tag(100));
    assertEquals(VfVlan.tag(100), pf.vlan());
    assertEquals(1, pf.writes());
    pf.beBusy(Integer.MAX_VALUE);
    Failure failure =
        assertThrows(Failure.class, () -> patient.untag(new VfControl.Place("pf0", 0)));
    assertTrue(Failure.text(failure).contains("the firmware is busy"), Failure.text(failure));
  }

  /** To read counters takes most of a second with some drivers: no grant waits for that. */
  @Test
  void slowCountersHoldUpNoChange() throws InterruptedException {
    slow = "pf1";
    Thread reading = Thread.ofVirtual().start(() -> askQuietly(() -> control.traffic("pf1")));
    assertTrue(asked.await(10, TimeUnit.SECONDS));
    slow = "pf0";
    assertEquals(MAC, control.pfMac("pf1"));
    assertTrue(reading.isAlive(), "the counters are still being read");
    recovered.countDown();
    reading.join();
  }

  private static void askQuietly(Runnable question) {
    try {
      question.run();
    } catch (Failure late) {
      assertEquals(Failure.Kind.TIMEOUT, late.kind());
    }
  }

  private void askTheSick() {
    try {
      control.pfMac("pf0");
    } catch (Failure late) {
      assertEquals(Failure.Kind.TIMEOUT, late.kind());
    }
  }
}
