package io.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.linux.netlink.Hex;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Frames and packets through devices of the real kernel. */
class WireTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final byte[] FRAME =
      Hex.bytes("ffffffffffff 020000000001 88b5 " + "5a".repeat(46));

  private NetworkNamespace left;
  private NetworkNamespace right;

  @BeforeEach
  void namespaces() {
    Root.needed("makes network namespaces");
    left = NetworkNamespace.create();
    right = NetworkNamespace.create();
  }

  @AfterEach
  void close() {
    if (left != null) {
      left.close();
      right.close();
    }
  }

  private Link connect(String leftAddress, String rightAddress) {
    left.links().createVeth(new VethEnd(left, "left0"), new VethEnd(right, "right0"), 1500);
    int index = left.links().require("left0").index();
    left.links().addresses().add(index, IpPrefix.parse(leftAddress));
    left.links().up(index);
    Link peer = right.links().require("right0");
    right.links().addresses().add(peer.index(), IpPrefix.parse(rightAddress));
    right.links().up(peer.index());
    return right.links().require("right0");
  }

  @Test
  void aVethAcrossTwoNamespacesPings() {
    connect("10.0.0.1/24", "10.0.0.2/24");
    Ping.Plan plan =
        new Ping.Plan(
            Optional.of(IpPrefix.literal("10.0.0.1")),
            IpPrefix.literal("10.0.0.2"),
            5,
            Duration.ofMillis(10),
            SOON);
    Ping.Result result = Ping.run(left, plan);
    assertEquals(5, result.sent());
    assertEquals(5, result.received());
    assertEquals(5, result.roundTrips().size());
  }

  @Test
  void aVethAcrossTwoNamespacesPingsOverIpv6() {
    connect("fd00::1/64", "fd00::2/64");
    Ping.Plan plan =
        new Ping.Plan(
            Optional.empty(), IpPrefix.literal("fd00::2"), 3, Duration.ofMillis(10), SOON);
    assertEquals(3, Ping.run(left, plan).received());
  }

  @Test
  void whoIsNotThereDoesNotAnswer() {
    connect("10.0.0.1/24", "10.0.0.2/24");
    Ping.Plan plan =
        new Ping.Plan(
            Optional.empty(),
            IpPrefix.literal("10.0.0.3"),
            2,
            Duration.ofMillis(10),
            Duration.ofMillis(50));
    assertEquals(new Ping.Result(2, 0, java.util.List.of()), Ping.run(left, plan));
  }

  @Test
  void rawFramesCrossAVeth() {
    Link peer = connect("10.0.0.1/24", "10.0.0.2/24");
    Ethtool.fillChecksums(left, "left0");
    try (PacketSocket sender = PacketSocket.open(left, left.links().require("left0"));
        PacketSocket receiver = PacketSocket.open(right, peer)) {
      sender.send(FRAME);
      assertArrayEquals(FRAME, received(receiver));
      assertFalse(sender.receive(Duration.ofMillis(1)).filter(WireTest::isOurs).isPresent());
    }
  }

  private static boolean isOurs(byte[] frame) {
    return frame[12] == FRAME[12] && frame[13] == FRAME[13];
  }

  /** Skips what the kernel's own stack says on a link that has just come up. */
  private static byte[] received(PacketSocket socket) {
    byte[] frame = socket.receive(SOON).orElseThrow();
    while (!isOurs(frame)) {
      frame = socket.receive(SOON).orElseThrow();
    }
    return frame;
  }

  @Test
  void checksumsOfAMissingLinkCannotBeSet() {
    assertThrows(Failure.class, () -> Ethtool.fillChecksums(left, "none"));
  }

  @Test
  void framesPassATapBothWays() throws Exception {
    try (TapDevice tap = TapDevice.create("tap0", left)) {
      Link link = left.links().require("tap0");
      assertFalse(tap.write(FRAME, 0, FRAME.length), "the device is down");
      left.links().up(link.index());
      try (PacketSocket socket = PacketSocket.open(left, link)) {
        assertTrue(tap.write(FRAME, 0, FRAME.length));
        assertArrayEquals(FRAME, received(socket));
        FutureTask<byte[]> read = reading(tap);
        socket.send(FRAME);
        assertArrayEquals(FRAME, read.get(5, TimeUnit.SECONDS));
      }
    }
    assertEquals(Optional.empty(), left.links().find("tap0"));
  }

  /** Reads on a platform thread until our frame comes, or an empty one at the end. */
  private static FutureTask<byte[]> reading(TapDevice tap) {
    FutureTask<byte[]> task =
        new FutureTask<>(() -> {
          byte[] frame = new byte[2048];
          int length = tap.read(frame);
          while (length >= 14 && (frame[12] != FRAME[12] || frame[13] != FRAME[13])) {
            length = tap.read(frame);
          }
          return Arrays.copyOf(frame, Math.max(0, length));
        });
    Thread.ofPlatform().daemon().start(task);
    return task;
  }

  @Test
  void aTapsCarrierIsOurs() {
    try (TapDevice tap = TapDevice.create("tap0", left)) {
      left.links().up(left.links().require("tap0").index());
      assertTrue(left.links().require("tap0").carrier());
      tap.carrier(false);
      assertFalse(left.links().require("tap0").carrier());
      tap.carrier(true);
      assertTrue(left.links().require("tap0").carrier());
    }
  }

  @Test
  void aTapsAddressIsSetWhereverItIs() {
    try (TapDevice tap = TapDevice.create("tap0", left)) {
      Link moved = left.links().moveAndRename(left.links().require("tap0").index(), right, "eth0");
      MacAddress mac = MacAddress.parse("02:00:00:00:00:77");
      tap.mac(mac);
      assertEquals(mac, right.links().require("eth0").mac());
      assertEquals(moved.index(), right.links().require("eth0").index());
    }
  }

  @Test
  void aTapDiesWithTheNamespaceItIsIn() throws Exception {
    try (TapDevice tap = TapDevice.create("tap0", left)) {
      left.links().moveAndRename(left.links().require("tap0").index(), right, "eth0");
      right.links().up(right.links().require("eth0").index());
      FutureTask<byte[]> read = reading(tap);
      right.close();
      assertEquals(0, read.get(10, TimeUnit.SECONDS).length);
      assertFalse(tap.write(FRAME, 0, FRAME.length));
    }
  }

  @Test
  void closingATapEndsItsReader() throws Exception {
    TapDevice tap = TapDevice.create("tap0", left);
    left.links().up(left.links().require("tap0").index());
    FutureTask<byte[]> read = reading(tap);
    tap.close();
    assertEquals(0, read.get(5, TimeUnit.SECONDS).length);
    assertEquals(Optional.empty(), left.links().find("tap0"));
  }
}
