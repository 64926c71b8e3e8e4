package io.patchbay.hwsim.nic;

import static io.patchbay.hwsim.nic.Samples.NIC;
import static io.patchbay.hwsim.nic.Samples.OUTSIDE;
import static io.patchbay.hwsim.nic.Samples.frame;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.frame.VlanTag;
import io.patchbay.hwsim.nic.VfCounters.Drop;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.VfLinkState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Which way a frame takes. VFs 0 and 1 are in VLAN 101 (priority 5), VF 2 in 102, all others in
 * none. What comes out is noted as {@code where: frame}.
 */
class FramePathTest {
  private static final MacAddress GROUP = MacAddress.parse("33:33:00:00:00:01");
  private static final VlanTag TAG = new VlanTag(101, 5);
  private static final VlanTag OTHER = VlanTag.of(102);

  private final List<String> out = new ArrayList<>();
  private boolean takes = true;
  private final FramePath path =
      new FramePath(
          NIC,
          new FramePath.Ports() {
            @Override
            public void toWire(Frame frame) {
              out.add("wire: " + frame);
            }

            @Override
            public void toPf(Frame frame) {
              out.add("pf: " + frame);
            }

            @Override
            public boolean toVf(int number, Frame frame) {
              out.add("vf" + number + ": " + frame);
              return takes;
            }
          });

  @BeforeEach
  void tag() {
    path.settings(0, path.settings(0).withTag(TAG));
    path.settings(1, path.settings(1).withTag(TAG));
    path.settings(2, path.settings(2).withTag(OTHER));
    for (int number = 5; number < NIC.totalVfs(); number++) {
      path.settings(number, path.settings(number).withTag(VlanTag.of(999)));
    }
  }

  private void comesOut(String... expected) {
    assertEquals(List.of(expected), out);
  }

  private static MacAddress vf(int number) {
    return NIC.vfMac(number);
  }

  @Test
  void aVfInAVlanLeavesTagged() {
    Frame sent = frame(vf(0), OUTSIDE);
    path.fromVf(0, sent);
    comesOut("wire: " + sent.withTag(TAG));
    assertEquals(new VfCounters.Count(1, 60), path.counters(0).sent());
  }

  @Test
  void aVfWithoutVlanLeavesAsItIs() {
    Frame plain = frame(vf(3), OUTSIDE);
    path.fromVf(3, plain);
    path.fromVf(3, plain.withTag(OTHER));
    comesOut("wire: " + plain, "wire: " + plain.withTag(OTHER));
  }

  @Test
  void aTagOfItsOwnIsDroppedWhereThePfTags() {
    path.fromVf(0, frame(vf(0), OUTSIDE).withTag(OTHER));
    path.fromVf(0, frame(vf(0), OUTSIDE).withTag(TAG));
    comesOut();
    assertEquals(2, path.counters(0).dropped(Drop.TAGGED));
    assertEquals(0, path.counters(0).sent().frames());
  }

  @Test
  void aForeignSourceIsDroppedUnlessTheCheckIsOff() {
    Frame spoofed = frame(OUTSIDE, MacAddress.BROADCAST);
    path.fromVf(2, spoofed);
    comesOut();
    assertEquals(1, path.counters(2).dropped(Drop.SPOOFED));
    path.settings(2, path.settings(2).withSpoofCheck(false));
    path.fromVf(2, spoofed);
    comesOut("wire: " + spoofed.withTag(OTHER));
  }

  @Test
  void theCheckFollowsTheAddressThatThePfSets() {
    path.settings(2, path.settings(2).withMac(OUTSIDE));
    path.fromVf(2, frame(OUTSIDE, vf(9)));
    path.fromVf(2, frame(vf(2), vf(9)));
    comesOut("wire: " + frame(OUTSIDE, vf(9)).withTag(OTHER));
    assertEquals(1, path.counters(2).dropped(Drop.SPOOFED));
  }

  @Test
  void aKnownNeighbourInTheVlanIsReachedInside() {
    path.fromVf(0, frame(vf(0), vf(1)));
    comesOut("vf1: " + frame(vf(0), vf(1)));
    assertEquals(1, path.counters(1).received().frames());
  }

  @Test
  void aVfOfAnotherVlanIsNotReachedInside() {
    path.fromVf(0, frame(vf(0), vf(2)));
    comesOut("wire: " + frame(vf(0), vf(2)).withTag(TAG));
  }

  @Test
  void broadcastAndMulticastGoInsideAndOutAndNeverBack() {
    for (MacAddress to : List.of(MacAddress.BROADCAST, GROUP)) {
      out.clear();
      Frame sent = frame(vf(0), to);
      path.fromVf(0, sent);
      comesOut("vf1: " + sent, "wire: " + sent.withTag(TAG));
    }
  }

  @Test
  void withoutVlanThePfIsOneMoreStation() {
    Frame all = frame(vf(3), MacAddress.BROADCAST);
    path.fromVf(3, all);
    path.fromVf(3, frame(vf(3), NIC.mac()));
    path.fromVf(0, frame(vf(0), NIC.mac()));
    comesOut(
        "pf: " + all,
        "vf4: " + all,
        "wire: " + all,
        "pf: " + frame(vf(3), NIC.mac()),
        "wire: " + frame(vf(0), NIC.mac()).withTag(TAG));
  }

  @Test
  void aTagMadeByHandOpensNoWayInside() {
    path.fromVf(3, frame(vf(3), vf(0)).withTag(TAG));
    comesOut("wire: " + frame(vf(3), vf(0)).withTag(TAG));
  }

  @Test
  void fromTheWireOnlyTheVlanAndTheAddressThatMatch() {
    Frame frame = frame(OUTSIDE, vf(1));
    path.fromWire(frame.withTag(TAG));
    path.fromWire(frame.withTag(OTHER));
    path.fromWire(frame);
    path.fromWire(frame(OUTSIDE, MacAddress.parse("02:00:00:00:99:02")).withTag(TAG));
    comesOut("vf1: " + frame);
  }

  @Test
  void broadcastFromTheWireReachesTheWholeVlan() {
    Frame all = frame(OUTSIDE, MacAddress.BROADCAST);
    path.fromWire(all.withTag(VlanTag.of(101)));
    comesOut("vf0: " + all, "vf1: " + all);
  }

  @Test
  void untaggedFromTheWireReachesThePfAndVfsWithoutVlan() {
    Frame all = frame(OUTSIDE, MacAddress.BROADCAST);
    path.fromWire(all);
    path.fromWire(frame(OUTSIDE, NIC.mac()));
    path.fromWire(frame(OUTSIDE, vf(4)));
    comesOut(
        "pf: " + all,
        "vf3: " + all,
        "vf4: " + all,
        "pf: " + frame(OUTSIDE, NIC.mac()),
        "vf4: " + frame(OUTSIDE, vf(4)));
  }

  @Test
  void lldpIsForThePfAndOnlyFromTheWire() {
    Frame fromSwitch = frame(OUTSIDE, FramePath.LLDP);
    path.fromWire(fromSwitch);
    path.fromVf(3, frame(vf(3), FramePath.LLDP));
    path.fromPf(frame(NIC.mac(), FramePath.LLDP));
    comesOut(
        "pf: " + fromSwitch,
        "wire: " + frame(vf(3), FramePath.LLDP),
        "wire: " + frame(NIC.mac(), FramePath.LLDP));
  }

  @Test
  void thePfReachesVfsWithoutVlanInside() {
    path.fromPf(frame(NIC.mac(), vf(3)));
    path.fromPf(frame(NIC.mac(), vf(0)));
    comesOut("vf3: " + frame(NIC.mac(), vf(3)), "wire: " + frame(NIC.mac(), vf(0)));
  }

  @Test
  void aDisabledLinkPassesNothingEitherWay() {
    path.settings(0, path.settings(0).withLinkState(VfLinkState.DISABLE));
    path.fromVf(0, frame(vf(0), OUTSIDE));
    path.fromWire(frame(OUTSIDE, vf(0)).withTag(TAG));
    comesOut();
    assertEquals(2, path.counters(0).dropped(Drop.LINK_DISABLED));
  }

  @Test
  void whatANetdevDoesNotTakeIsCounted() {
    takes = false;
    path.fromWire(frame(OUTSIDE, vf(0)).withTag(TAG));
    assertEquals(1, path.counters(0).dropped(Drop.NOT_TAKEN));
    assertEquals(0, path.counters(0).received().frames());
  }
}
