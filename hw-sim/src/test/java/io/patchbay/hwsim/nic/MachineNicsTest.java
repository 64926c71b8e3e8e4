package io.patchbay.hwsim.nic;

import static io.patchbay.hwsim.nic.Samples.NIC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.frame.CableEnd;
import io.patchbay.hwsim.nic.NicSnapshot.VfSnapshot;
import io.patchbay.hwsim.nic.VfCounters.Drop;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.Link;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.Ping;
import io.patchbay.linux.VfVlan;
import io.patchbay.linux.VirtualFunctions;
import io.patchbay.linux.netlink.NetlinkEndpoint;
import io.patchbay.linux.sys.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two machines with a NIC each, joined by one cable, with real taps, sysfs by FUSE and netlink by
 * socket: all that a daemon touches.
 */
class MachineNicsTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  /** One machine. */
  private record Machine(
      NetworkNamespace home, Path sysfs, MachineNics nics, VirtualFunctions netlink, int pf) {
    Path device() {
      return sysfs.resolve("devices").resolve(NIC.address().toString());
    }

    void numVfs(int count) throws IOException {
      Files.writeString(
          device().resolve("sriov_numvfs"), String.valueOf(count), StandardOpenOption.WRITE);
    }

    void write(String file, String text) throws IOException {
      Files.writeString(sysfs.resolve(file), text, StandardOpenOption.WRITE);
    }

    List<String> net(int vf) throws IOException {
      try (Stream<Path> names = Files.list(device().resolve("virtfn" + vf + "/net"))) {
        return names.map(name -> name.getFileName().toString()).toList();
      }
    }

    VfSnapshot vf(int number) {
      return nics.snapshot().getFirst().vfs().get(number);
    }

    NetdevPlace place(int number) {
      return vf(number).binding().netdev().orElseThrow();
    }
  }

  @TempDir private Path folder;
  private final Stack opened = new Stack();
  private final Recorder witness = new Recorder();
  private Cable cable;
  private Machine one;
  private Machine two;

  @BeforeEach
  void powerOn() throws IOException {
    MachineNics.obstacle().ifPresent(why -> Assumptions.abort("simulated NICs: " + why));
    cable = opened.push(new Cable("test"));
    one = machine("one", "02:00:00:00:01:00", cable.nicEnd());
    two = machine("two", "02:00:00:00:02:00", cable.switchEnd());
    one.numVfs(12);
    two.numVfs(2);
  }

  @AfterEach
  void powerOff() {
    opened.close();
  }

  private Machine machine(String name, String mac, CableEnd end) {
    NetworkNamespace home = opened.push(NetworkNamespace.create());
    NicHardware nic =
        new NicHardware(NIC.address(), "pf0", MacAddress.parse(mac), 16, NIC.model(), NIC.slot());
    Path sysfs = folder.resolve(name).resolve("pci");
    Path socket = folder.resolve(name + ".netlink");
    MachineNics nics =
        opened.push(
            MachineNics.open(
                new MachineNics.Machine(home, sysfs, socket, witness),
                List.of(new MachineNics.Plugged(nic, end))));
    VirtualFunctions netlink = opened.push(new VirtualFunctions(NetlinkEndpoint.unix(socket)));
    home.links().up(home.links().require("pf0").index());
    int pf = netlink.physicalFunction("pf0").index(); // it has light once it was asked
    return new Machine(home, sysfs, nics, netlink, pf);
  }

  /** Writes down what is done, and refuses some of it. */
  private static final class Recorder implements Witness {
    final List<String> seen = new CopyOnWriteArrayList<>();
    volatile String refused = "nothing";

    @Override
    public void before(String act) {
      seen.add("before " + act);
      if (act.contains(refused)) {
        throw Errno.EIO.failure(act);
      }
    }

    @Override
    public void after(String act) {
      seen.add("after " + act);
    }
  }

  @Test
  void aWitnessSeesEachChangeAndMayRefuseIt() {
    witness.seen.clear();
    one.netlink().vlan(one.pf(), 3, VfVlan.tag(101));
    var unused = one.netlink().list(one.pf());
    assertEquals(List.of("before message to pf0", "after message to pf0"), witness.seen);
    witness.refused = "message";
    Failure failure =
        assertThrows(Failure.class, () -> one.netlink().vlan(one.pf(), 3, VfVlan.NONE));
    assertTrue(Errno.EIO.isBehind(failure), failure.getMessage());
    assertEquals(101, one.vf(3).settings().vlan());
    witness.refused = "sriov_numvfs";
    witness.seen.clear();
    assertThrows(IOException.class, () -> one.numVfs(0));
    assertEquals(
        List.of("before '0' to /devices/" + NIC.address() + "/sriov_numvfs"), witness.seen);
    assertEquals(12, one.nics().snapshot().getFirst().vfs().size());
  }

  /** A pod of its own with a VF as eth0, up, with an address. */
  private NetworkNamespace pod(Machine machine, int vf, String address) {
    NetworkNamespace pod = opened.push(NetworkNamespace.create());
    Link netdev = machine.home().links().require(machine.place(vf).name());
    Link moved = machine.home().links().moveAndRename(netdev.index(), pod, "eth0");
    pod.links().up(moved.index());
    pod.links().addresses().add(moved.index(), IpPrefix.parse(address));
    return pod;
  }

  private static int answers(NetworkNamespace pod, String to, int count) {
    return Ping.run(pod, Ping.Plan.to(IpPrefix.literal(to), count)).received();
  }

  /** Long enough for an answer that is switched inside one process. */
  private static boolean silent(NetworkNamespace pod, String to) {
    Duration brief = Duration.ofMillis(300);
    return Ping.run(pod, new Ping.Plan(Optional.empty(), IpPrefix.literal(to), 1, brief, brief))
            .received()
        == 0;
  }

  @Test
  void thePfIsARealLinkAndTheSocketKnowsIt() {
    Link pf = one.home().links().require("pf0");
    assertEquals(pf.index(), one.pf());
    assertEquals("02:00:00:00:01:00", pf.mac().toString());
    assertEquals(12, one.netlink().list(one.pf()).size());
  }

  /**
   * Neither another owner nor another driver makes a function forget, and no driver survives it.
   */
  @Test
  void onlyAResetOfAFunctionWithoutDriverMakesItForget() throws IOException {
    PciAddress vf = one.vf(3).address();
    one.nics().tell(vf, "filters");
    assertThrows(IOException.class, () -> one.write("devices/" + vf + "/reset", "1"));
    one.write("drivers/iavf/unbind", vf.toString());
    assertEquals("filters", one.nics().told(vf));
    one.write("devices/" + vf + "/reset", "1");
    assertEquals("", one.nics().told(vf));
    assertEquals(1, one.nics().resets(vf));
    one.nics().tell(vf, "filters");
    one.write("drivers_probe", vf.toString());
    assertEquals("filters", one.nics().told(vf));
  }

  @Test
  void macFollowsTheVfIntoThePod() throws IOException {
    assertEquals(List.of("pf0v11"), one.net(11));
    NetworkNamespace pod = pod(one, 11, "10.9.0.1/24");
    assertEquals(List.of(), one.net(11));
    assertEquals(new NetdevPlace("eth0", false, pod.inode()), one.place(11));
    one.netlink().mac(one.pf(), 11, MacAddress.parse("02:00:00:00:0a:0b"));
    assertEquals("02:00:00:00:0a:0b", pod.links().require("eth0").mac().toString());
    assertFalse(one.vf(11).defaultMac());
    one.netlink().mac(one.pf(), 11, MacAddress.ZERO);
    assertTrue(one.vf(11).defaultMac());
  }

  @Test
  void podsOfOneVlanReachEachOtherAndNobodyElse() {
    one.netlink().vlan(one.pf(), 10, VfVlan.tag(101));
    one.netlink().vlan(one.pf(), 2, VfVlan.tag(101));
    two.netlink().vlan(two.pf(), 0, VfVlan.tag(101));
    two.netlink().vlan(two.pf(), 1, VfVlan.tag(102));
    NetworkNamespace pod = pod(one, 10, "10.9.0.1/24");
    pod(one, 2, "10.9.0.2/24");
    pod(two, 0, "10.9.0.3/24");
    pod(two, 1, "10.9.0.4/24");
    assertEquals(5, answers(pod, "10.9.0.2", 5));
    assertEquals(0, cable.nicEnd().dropped());
    assertEquals(5, answers(pod, "10.9.0.3", 5));
    assertTrue(silent(pod, "10.9.0.4"));
    assertTrue(two.vf(0).counters().received().frames() >= 5);
    assertEquals(0, two.vf(1).counters().received().frames());
  }

  @Test
  void aForeignAddressIsDroppedByTheSpoofCheck() {
    NetworkNamespace pod = pod(one, 0, "10.9.0.1/24");
    pod(two, 0, "10.9.0.3/24");
    pod.links().mac(pod.links().require("eth0").index(), MacAddress.parse("02:00:00:00:66:66"));
    assertTrue(silent(pod, "10.9.0.3"));
    assertTrue(one.vf(0).counters().dropped(Drop.SPOOFED) > 0);
  }

  @Test
  void aVfGoesHomeWhenItsPodDies() throws IOException {
    one.netlink().vlan(one.pf(), 3, VfVlan.tag(101));
    one.netlink().mac(one.pf(), 3, MacAddress.parse("02:00:00:00:0a:0b"));
    NetworkNamespace pod = pod(one, 3, "10.9.0.1/24");
    assertEquals("eth0", one.place(3).name());
    pod.close();
    Await.until("VF 3 is home", SOON, () -> one.place(3).home());
    assertEquals(List.of("eth0"), one.net(3));
    Link back = one.home().links().require("eth0");
    assertFalse(back.up());
    assertEquals("02:00:00:00:0a:0b", back.mac().toString());
    assertEquals(List.of(), one.home().links().addresses().list(back.index()));
    assertEquals(101, one.vf(3).settings().vlan());
  }

  @Test
  void atAClashOfNamesItIsCalledDevSomething() {
    NetworkNamespace first = pod(one, 3, "10.9.0.1/24");
    NetworkNamespace second = pod(one, 4, "10.9.0.2/24");
    assertEquals("eth0", one.place(3).name());
    assertEquals("eth0", one.place(4).name());
    first.close();
    Await.until("VF 3 is home", SOON, () -> one.place(3).home());
    second.close();
    Await.until("VF 4 is home", SOON, () -> one.place(4).home());
    assertEquals("eth0", one.place(3).name());
    assertTrue(one.place(4).name().matches("dev\\d+"), one.place(4).name());
  }

  @Test
  void aVfBroughtHomeByHandGoesOnWorking() throws IOException {
    NetworkNamespace pod = pod(one, 5, "10.9.0.1/24");
    pod(two, 0, "10.9.0.3/24");
    pod.links().moveAndRename(pod.links().require("eth0").index(), one.home(), "pf0v5");
    assertEquals(List.of("pf0v5"), one.net(5));
    NetworkNamespace next = pod(one, 5, "10.9.0.7/24");
    assertEquals(3, answers(next, "10.9.0.3", 3));
  }

  @Test
  void theCableIsTheCarrierOfAll() {
    pod(one, 0, "10.9.0.1/24");
    Await.until("carrier", SOON, () -> one.home().links().require("pf0").carrier());
    cable.unplug();
    Await.until("no carrier", SOON, () -> !one.home().links().require("pf0").carrier());
    assertFalse(one.nics().snapshot().getFirst().carrier());
    cable.plug();
    Await.until("carrier again", SOON, () -> one.home().links().require("pf0").carrier());
  }

  /** The PF's driver switches the transceiver off: neither its VFs nor the other end have light. */
  @Test
  void aPfThatIsSetDownIsDarkAndItsVfsToo() throws IOException {
    NetworkNamespace pod = pod(one, 0, "10.9.0.1/24");
    Await.until("carrier", SOON, () -> pod.links().require("eth0").carrier());
    assertTrue(one.netlink().physicalFunction("pf0").carrier());
    one.home().links().down(one.pf());
    Link down = one.netlink().physicalFunction("pf0");
    assertFalse(down.up());
    assertFalse(down.carrier());
    Await.until("dark", SOON, () -> !pod.links().require("eth0").carrier());
    Link other = two.netlink().physicalFunction("pf0");
    assertTrue(other.up());
    assertFalse(other.carrier());
    one.home().links().up(one.pf());
    assertTrue(one.netlink().physicalFunction("pf0").carrier());
    Await.until("carrier again", SOON, () -> pod.links().require("eth0").carrier());
    Await.until("both", SOON, () -> two.home().links().require("pf0").carrier());
  }

  /** Nobody asks the NIC for anything: only the kernel's word can have told it. */
  @Test
  void theOtherEndOfTheCableSeesAPfGoDown() {
    Await.until("carrier", SOON, () -> two.home().links().require("pf0").carrier());
    one.home().links().down(one.pf());
    Await.until("dark", SOON, () -> !two.home().links().require("pf0").carrier());
  }

  @Test
  void removingVfsTakesThemOutOfPods() throws IOException {
    NetworkNamespace pod = pod(one, 0, "10.9.0.1/24");
    one.netlink().vlan(one.pf(), 0, VfVlan.tag(101));
    one.numVfs(0);
    assertTrue(pod.links().find("eth0").isEmpty());
    one.numVfs(1);
    assertEquals(0, one.vf(0).settings().vlan());
    assertEquals(List.of("pf0v0"), one.net(0));
  }

  @Test
  void closingLeavesNothing() throws IOException {
    NetworkNamespace pod = pod(one, 0, "10.9.0.1/24");
    one.nics().close();
    one.nics().close();
    assertTrue(pod.links().find("eth0").isEmpty());
    assertEquals(List.of("lo"), one.home().links().list().stream().map(Link::name).toList());
    assertFalse(Files.exists(folder.resolve("one.netlink")));
    assertFalse(Files.readString(Path.of("/proc/self/mounts")).contains(one.sysfs().toString()));
  }
}
