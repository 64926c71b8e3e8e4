package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Json;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.hwsim.nic.VfSettings;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.VfChange;
import io.patchbay.linux.VfLinkState;
import io.patchbay.linux.VfVlan;
import io.patchbay.mesh.VlanParameters;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the config wants of a VF besides its VLAN, on a simulated NIC. */
class VfOptionsTest {
  private static final VfOptions ALL =
      new VfOptions(true, false, 0, 500, new VfOptions.Carrier(VfLinkState.ENABLE));

  @TempDir Path folder;
  private Node node;
  private NetworkNamespace pod;

  @BeforeEach
  void powerOn() {
    MachineNics.obstacle().ifPresent(why -> Assumptions.abort("simulated NICs: " + why));
    node = new Node(folder, new FakeTime());
    node.allocate(3, "cnf-1");
    node.reportInUse();
    pod = node.pod();
  }

  @AfterEach
  void powerOff() {
    if (node != null) {
      node.close();
    }
  }

  private void assertAsMade() {
    VfSettings now = node.vf(3).settings();
    assertTrue(node.untouched(3), node.vf(3).toString());
    assertFalse(now.trust());
    assertEquals(VfLinkState.AUTO, now.linkState());
    assertEquals(0, now.maxRateMbit());
  }

  private void assertAsWanted() {
    VfSettings now = node.vf(3).settings();
    assertTrue(now.trust());
    assertFalse(now.spoofCheck());
    assertEquals(VfLinkState.ENABLE, now.linkState());
    assertEquals(500, now.maxRateMbit());
  }

  @Test
  void allOfItIsSetForTheConnectionAndPutBackAfterIt() {
    node.options = ALL;
    Connection agreed = node.request("c1", pod, "cnf-1");
    assertAsWanted();
    node.sessions.close(agreed.getId());
    assertAsMade();
  }

  @Test
  void whatIsSetIsPutBackByASuccessorToo() {
    node.options = ALL;
    Connection agreed = node.request("c1", pod, "cnf-1");
    node.crash();
    node.options = VfOptions.NONE;
    assertAsWanted();
    node.sessions.close(agreed.getId());
    assertAsMade();
  }

  private Failure refused() {
    Failure refused = assertThrows(Failure.class, () -> node.request("c1", pod, "cnf-1"));
    assertAsMade();
    return refused;
  }

  /** sriov-cni#119: what the NIC cannot do left a VF half configured. */
  @Test
  void whatTheNicCannotDoIsRefusedAndNothingStays() {
    AtomicInteger asked = new AtomicInteger();
    node.unknown = change -> change instanceof VfChange.LinkState && asked.incrementAndGet() > 0;
    node.options = ALL;
    Failure refused = refused();
    assertEquals(Failure.Kind.UNSUPPORTED, refused.kind());
    assertTrue(
        refused.getMessage().contains("pf0 cannot set link state enable of its VFs"),
        refused.getMessage());
    assertEquals(Failure.Kind.UNSUPPORTED, refused().kind());
    assertEquals(1, asked.get(), "a NIC is asked once");
    node.options = new VfOptions(true, null, null, null, null);
    node.request("c1", pod, "cnf-1");
    assertTrue(node.vf(3).settings().trust());
  }

  /** What a NIC cannot change may be as wanted; a new config may come with a new driver. */
  @Test
  void onlyWhatIsNotSoAlreadyIsAskedOfTheNic() {
    node.unknown = change -> change instanceof VfChange.LinkState;
    node.options = new VfOptions(null, null, null, null, new VfOptions.Carrier(VfLinkState.ENABLE));
    assertEquals(Failure.Kind.UNSUPPORTED, refused().kind());
    node.options = new VfOptions(null, null, null, null, new VfOptions.Carrier(VfLinkState.AUTO));
    node.sessions.close(node.request("c1", pod, "cnf-1").getId());
    node.unknown = change -> false;
    node.options =
        new VfOptions(null, null, null, null, new VfOptions.Carrier(VfLinkState.DISABLE));
    node.sessions.close(node.request("c2", pod, "cnf-1").getId());
    node.options = ALL;
    assertEquals(Failure.Kind.UNSUPPORTED, refused().kind());
    node.hardware.control().forget();
    node.request("c3", pod, "cnf-1");
    assertAsWanted();
  }

  /** A value that this driver does not take is its own to refuse: another one may do. */
  @Test
  void aValueThatTheNicRefusesIsToldAndNothingStays() {
    node.options = new VfOptions(true, null, 100, 500, null);
    assertTrue(refused().getMessage().contains("rate"));
    node.options = ALL;
    node.request("c1", pod, "cnf-1");
    assertAsWanted();
  }

  private static VfOptions tagged(Integer qos, VfVlan.Protocol protocol, Integer mtu) {
    return new VfOptions(null, null, null, null, null, qos, new VfOptions.Tagging(protocol), mtu);
  }

  private int mtu(NetworkNamespace where, String name) {
    return where.links().require(name).mtu();
  }

  /** The next hop is told the MTU, too; a change of the config counts from the next time on. */
  @Test
  void theMtuIsSetBeforeThePodHasItAndPutBackAfterIt() {
    AtomicInteger told = new AtomicInteger();
    UnaryOperator<Connection> shim = node.shim;
    node.shim =
        asked -> {
          VlanParameters.of(asked.getMechanism())
              .flatMap(VlanParameters::function)
              .ifPresent(function -> told.set(function.mtu()));
          return shim.apply(asked);
        };
    int before = mtu(node.home, "pf0v3");
    node.options = tagged(null, VfVlan.Protocol.DOT1Q, 9000);
    Connection agreed = node.request("c1", pod, "cnf-1");
    assertEquals(9000, mtu(pod, "nsm-1"));
    assertEquals(9000, told.get());
    node.options = VfOptions.NONE;
    node.request("c1", pod, "cnf-1");
    assertEquals(9000, mtu(pod, "nsm-1"));
    node.crash();
    node.sessions.close(agreed.getId());
    assertEquals(before, mtu(node.home, "pf0v3"));
    assertAsMade();
  }

  @Test
  void anMtuThatTheNicDoesNotTakeIsRefusedAndNothingStays() {
    node.options = tagged(null, VfVlan.Protocol.DOT1Q, 65_535); // more than a tap takes
    Failure refused = refused();
    assertEquals(Failure.Kind.UNSUPPORTED, refused.kind());
    assertTrue(refused.getMessage().contains("cannot have MTU 65535"), refused.getMessage());
  }

  @Test
  void thePriorityIsTheConfigsWhereTheServiceDoesNotSay() {
    node.options = tagged(5, VfVlan.Protocol.DOT1Q, null);
    Connection agreed = node.request("c1", pod, "cnf-1");
    assertEquals(5, node.vf(3).settings().tag().priority());
    UnaryOperator<Connection> shim = node.shim;
    node.shim =
        asked -> {
          Connection answer = shim.apply(asked);
          return answer.toBuilder()
              .setMechanism(answer.getMechanism().toBuilder().putParameters("qos", "2"))
              .build();
        };
    node.request("c1", pod, "cnf-1");
    assertEquals(2, node.vf(3).settings().tag().priority());
    node.sessions.close(agreed.getId());
    assertEquals(0, node.vf(3).settings().tag().priority());
    assertAsMade();
  }

  /** This NIC is as igb, which knows 802.1Q only. */
  @Test
  void aVlanProtocolThatTheNicDoesNotKnowIsRefusedAndNothingStays() {
    AtomicInteger asked = new AtomicInteger();
    node.unknown =
        change -> {
          boolean service =
              change instanceof VfChange.Vlan(_, VfVlan vlan)
                  && vlan.protocol() == VfVlan.Protocol.DOT1AD;
          asked.addAndGet(service ? 1 : 0);
          return false;
        };
    node.options = tagged(null, VfVlan.Protocol.DOT1AD, null);
    Failure refused = refused();
    assertEquals(Failure.Kind.UNSUPPORTED, refused.kind());
    assertTrue(
        refused.getMessage().contains("pf0 cannot set VLAN protocol 802.1ad of its VFs"),
        refused.getMessage());
    assertEquals(Failure.Kind.UNSUPPORTED, refused().kind());
    assertEquals(1, asked.get(), "a NIC is asked once");
  }

  @Test
  void whatIsNoSettingIsRefusedWithItsLine() {
    for (String wrong :
        List.of("vlanQos: 8", "vlanProtocol: 802.3", "mtu: 67", "maxTxRate: 1, minTxRate: 2")) {
      Failure refused = assertThrows(Failure.class, () -> SriovConfigTest.parse(selector(wrong)));
      assertTrue(refused.getMessage().contains("pci.config:"), refused.getMessage());
    }
    String driven = selector("mtu: 9000").replace("iavf", "vfio-pci");
    Failure refused = assertThrows(Failure.class, () -> SriovConfigTest.parse(driven));
    assertTrue(refused.getMessage().contains("a VF with vfio-pci has none"), refused.getMessage());
    var good = SriovConfigTest.parse(selector("vlanQos: 7, vlanProtocol: 802.1AD, mtu: 9000"));
    assertEquals(Map.of(), good.physicalFunctions(), "no PF is here");
  }

  private static String selector(String settings) {
    return """
    selectors:
      - {drivers: [ice], vfKernelDriver: iavf, capabilities: [fast],
        serviceDomains: [example.com],
        settings: {%s}}
    """
        .formatted(settings);
  }

  /** What was written before there were options says nothing of them. */
  @Test
  void aHomeOfOldIsStillUnderstood() {
    Home.Settings old =
        Json.read(
            "{\"mac\":\"02:00:00:00:00:01\",\"vlan\":0,\"qos\":0,\"spoofCheck\":true}",
            Home.Settings.class);
    Home.Extras extras = new Home.Extras(true, 0, 0, VfLinkState.AUTO);
    Home.Settings now = new Home.Settings("02:00:00:00:00:01", 0, 0, true, extras);
    assertTrue(now.fits(old));
    assertTrue(now.fits(Json.read(Json.write(now), Home.Settings.class)));
    Home.Extras others = new Home.Extras(false, 0, 0, VfLinkState.AUTO);
    assertFalse(new Home.Settings("02:00:00:00:00:01", 0, 0, true, others).fits(now));
  }
}
