package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Json;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.FramePort;
import io.patchbay.hwsim.frame.Ipv4Header;
import io.patchbay.hwsim.tor.DropReason;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.linux.MacAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What becomes of frames at ports to which the shim has bound a service's ACL and rate: real frames
 * through the simulated switch, which the shim speaks to over SSH, from the first request to the
 * last close.
 */
@Timeout(120)
class PolicedFramesTest {
  private static final int TCP = 6;
  private static final int UDP = 17;

  /** Of a frame with a tag. */
  private static final int OCTETS = 1000;

  private static final int TAG_OCTETS = 4;
  private static final int VLAN = 100;

  /** Both ports were somebody's access ports before; the ACL lets TCP in, the rate 3000 octets. */
  private static final String TOR =
      """
      name: tor-1
      ports:
        - {name: Ethernet1, mode: ACCESS, accessVlan: 300}
        - {name: Ethernet2, mode: ACCESS, accessVlan: 300}
      netconf: {port: 0, user: shim, password: secret}
      config:
        openconfig-acl:acl:
          acl-sets:
            acl-set:
              - name: web
                type: ACL_IPV4
                config: {name: web, type: ACL_IPV4}
                acl-entries:
                  acl-entry:
                    - sequence-id: 10
                      config: {sequence-id: 10}
                      ipv4: {config: {protocol: 6}}
                      actions: {config: {forwarding-action: ACCEPT}}
        openconfig-qos:qos:
          scheduler-policies:
            scheduler-policy:
              - name: slow
                config: {name: slow}
                schedulers:
                  scheduler:
                    - sequence: 1
                      config: {sequence: 1}
                      one-rate-two-color: {config: {cir: 8000000, bc: 3000}, exceed-action: {config: {drop: true}}}
      """;

  @TempDir private Path folder;
  private final Host one = new Host(1);
  private final Host two = new Host(2);
  private Rig rig;

  /** What is at a port: counts what comes, on the thread of whoever sends. */
  private static final class Host implements FramePort {
    private final int number;
    private Consumer<Frame> wire = frame -> {};
    private int got;

    Host(int number) {
      this.number = number;
    }

    @Override
    public synchronized void send(Frame frame) {
      got += Ipv4Header.of(frame).isPresent() ? 1 : 0; // and not what the switch says by LLDP
    }

    @Override
    public void receiver(Consumer<Frame> to) {
      wire = to;
    }

    @Override
    public boolean carrier() {
      return true;
    }

    @Override
    public void carrierWatcher(Runnable watcher) {}

    @Override
    public void power(boolean on) {}

    /** How many IPv4 packets have come since the last time. */
    synchronized int taken() {
      int all = got;
      got = 0;
      return all;
    }

    MacAddress mac() {
      return new MacAddress(0x0200_0000_0000L + number);
    }

    /**
     * Sends so many packets to another one.
     *
     * @param vlan 0 for frames without a tag
     */
    void transmit(Host to, int protocol, int vlan, int count) {
      ByteBuffer packet = ByteBuffer.allocate(OCTETS - Frame.HEADER_OCTETS - TAG_OCTETS);
      packet.put((byte) 0x45).put((byte) 0).putShort((short) packet.limit()).putInt(0);
      packet.put((byte) 64).put((byte) protocol).putShort((short) 0);
      packet.putInt(0x0a3c_0000 + number).putInt(0x0a3c_0000 + to.number);
      Frame frame = Frame.of(to.mac(), mac(), Ipv4Header.ETHER_TYPE, packet.array());
      for (int i = 0; i < count; i++) {
        wire.accept(vlan == 0 ? frame : frame.retag(vlan));
      }
    }
  }

  @BeforeEach
  void start() throws IOException {
    rig = new Rig(folder, Json.parseYaml("tor", TOR, SwitchDescription.class));
    rig.file(
        "FABRIC",
        """
        domain: example.com
        services:
          - name: fenced
            vlans: ["100"]
            addresses: {prefix: 10.60.0.0/24, gateway: 10.60.0.1}
            port: {acl: {in: {name: web}}, qos: {in: slow}}
        """);
    rig.tor.attach("Ethernet1", one);
    rig.tor.attach("Ethernet2", two);
    rig.start();
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  /** How many of so many packets of the first host, all at once, come to the second. */
  private int passing(int protocol, int vlan, int count) {
    one.transmit(two, protocol, vlan, count);
    return two.taken();
  }

  private long dropped(DropReason reason) {
    return rig.tor.counters("Ethernet1").dropped(reason);
  }

  @Test
  void whatAServiceBindsToItsPortsDecidesAboutFramesForAsLongAsSomebodyIsOnIt() {
    assertEquals(5, passing(UDP, 0, 5), "before anybody asks");
    Connection a = rig.request("a", "fenced", "node-1", "02:00:00:00:01:00");
    Connection b = rig.request("b", "fenced", "node-2", "02:00:00:00:02:ab");

    assertEquals(1, passing(TCP, VLAN, 1));
    assertEquals(0, passing(UDP, VLAN, 5), "the ACL");
    assertEquals(5, dropped(DropReason.INGRESS_ACL));
    assertEquals(2, passing(TCP, VLAN, 5), "the rest of the burst");
    assertEquals(3, dropped(DropReason.INPUT_POLICER));
    rig.switchTime.advance(Duration.ofMillis(2)); // 2000 octets at this rate
    assertEquals(2, passing(TCP, VLAN, 5));
    assertEquals(6, dropped(DropReason.INPUT_POLICER));
    two.transmit(one, UDP, VLAN, 1);
    assertEquals(0, one.taken(), "at the other port as well");

    Connection again = rig.request(Duration.ofMinutes(10), a);
    assertEquals(0, passing(UDP, VLAN, 1), "a refresh changes nothing");
    rig.close(again);
    rig.close(b);
    long before = rig.tor.counters("Ethernet1").dropped();
    assertEquals(5, passing(UDP, 0, 5), "neither ACL nor rate is left");
    assertEquals(before, rig.tor.counters("Ethernet1").dropped());
  }
}
