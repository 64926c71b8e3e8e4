package io.patchbay.systemtest.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.Link;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciFunction;
import io.patchbay.linux.PciSysfs;
import io.patchbay.linux.Ping;
import io.patchbay.linux.VfLinkState;
import io.patchbay.linux.VfRates;
import io.patchbay.linux.VfState;
import io.patchbay.linux.VfVlan;
import io.patchbay.linux.VirtualFunctions;
import io.patchbay.linux.netlink.NetlinkEndpoint;
import io.patchbay.linux.sys.Errno;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The checks on the emulated NIC, each on what the ones before it left. */
final class NicChecks implements AutoCloseable {
  private static final int VFS = 7;

  /** VFs with links of their own: 0 and 1 come to be in one VLAN, 2 and 3 in another. */
  private static final int LINKED = 4;

  private static final int RESET_VF = 5;
  private static final int VFIO_VF = 6;
  private static final List<VfVlan> VLANS =
      List.of(
          VfVlan.tag(100),
          VfVlan.tag(100),
          VfVlan.tag(200),
          new VfVlan(200, 5, VfVlan.Protocol.DOT1Q));
  private static final String IN_POD = "nsm-1";

  /** An emulated NIC on a busy machine; nothing waits so long when all is well. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Stack opened = new Stack();
  private final PciSysfs pci = new PciSysfs();
  private final NetworkNamespace home = opened.push(NetworkNamespace.own());
  private final VirtualFunctions settings =
      opened.push(new VirtualFunctions(NetlinkEndpoint.kernel()));
  private final List<NetworkNamespace> pods = new ArrayList<>();

  void pfIsFound() {
    PciFunction found = pf();
    assertEquals(VFS, found.physical().orElseThrow().totalVfs());
    assertEquals(0, found.physical().orElseThrow().numVfs());
    assertEquals(Optional.of("igb"), found.binding().driver());
    home.links().up(pfLink().index());
    awaitPf();
  }

  void tooMany() {
    assertRefused(Errno.ERANGE, () -> pci.numVfs(pf().address(), VFS + 1, PATIENCE));
  }

  void vfsAppear() {
    pci.autoprobe(pf().address(), false);
    assertEquals(VFS, pci.numVfs(pf().address(), VFS, PATIENCE));
    awaitPf();
    for (int number = 0; number < VFS; number++) {
      PciFunction vf = pci.require(vf(number));
      assertEquals(Optional.of(pf().address()), vf.physicalFunction());
      assertEquals(Optional.empty(), vf.binding().driver(), vf.toString());
      assertEquals(
          Optional.of(new PciSysfs.Seat(pf().address(), number, pf().interfaces())),
          pci.locate(vf.address()));
    }
    assertEquals(VFS, settings.list(pfLink().index()).size());
  }

  void numberIsBusy() {
    Failure busy = assertRefused(Errno.EBUSY, () -> pci.numVfs(pf().address(), 5, PATIENCE));
    assertEquals(Failure.Kind.CONFLICT, busy.kind());
    assertEquals(VFS, pf().physical().orElseThrow().numVfs());
    assertEquals(VFS, pci.numVfs(pf().address(), VFS, PATIENCE), "the same number is no change");
  }

  void probeAlone() {
    try {
      Files.writeString(Path.of("/sys/bus/pci/drivers_probe"), vf(0).toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertEquals(Optional.empty(), pci.require(vf(0)).binding().driver());
  }

  void macIsSet() {
    for (int number = 0; number < VFS; number++) {
      assertEquals(MacAddress.ZERO, state(number).mac(), "nobody has set one yet");
      settings.mac(pfLink().index(), number, mac(number));
      assertEquals(mac(number), state(number).mac());
    }
  }

  void driverBinds() {
    for (int number = 0; number < LINKED; number++) {
      pci.bind(vf(number), "igbvf");
      assertEquals(Optional.of("igbvf"), pci.require(vf(number)).binding().driver());
      assertEquals(Optional.of("igbvf"), pci.attribute(vf(number), "driver_override"));
      Link link = homeLink(number);
      assertEquals(mac(number), link.mac());
      assertEquals(Optional.of(vf(number).toString()), link.parentDevice());
    }
    assertEquals(Optional.empty(), pci.require(vf(LINKED)).binding().driver());
  }

  void foreignDriver() {
    PciAddress unbound = vf(LINKED);
    Failure refused = assertThrows(Failure.class, () -> pci.bind(unbound, "virtio-pci"));
    assertEquals(Failure.Kind.CONFLICT, refused.kind(), refused.getMessage());
    pci.unbind(unbound);
    assertEquals(
        new PciFunction.Binding(Optional.empty(), Optional.empty()),
        pci.require(unbound).binding());
    assertEquals(
        Failure.Kind.NOT_FOUND,
        assertThrows(Failure.class, () -> pci.bind(unbound, "nosuch")).kind());
  }

  void moves() {
    for (int number = 0; number < LINKED; number++) {
      NetworkNamespace pod = NetworkNamespace.create();
      pods.add(pod);
      Link before = homeLink(number);
      Link moved = home.links().moveAndRename(before.index(), pod, IN_POD);
      assertEquals(IN_POD, moved.name());
      assertEquals(mac(number), moved.mac());
      assertEquals(List.of(), pci.interfaces(vf(number)));
      pod.links().up(moved.index());
      pod.links().addresses().add(moved.index(), address(number));
    }
    pods.forEach(NicChecks::awaitCarrier);
  }

  void framesMove() {
    assertReaches(0, 1);
    assertReaches(0, 2);
  }

  void vlanIsSet() {
    for (int number = 0; number < LINKED; number++) {
      settings.vlan(pfLink().index(), number, VLANS.get(number));
      assertEquals(VLANS.get(number), state(number).vlan());
      assertEquals(mac(number), state(number).mac());
    }
    pods.forEach(NicChecks::awaitCarrier);
  }

  void sameVlan() {
    assertReaches(0, 1);
    assertReaches(2, 3);
  }

  void otherVlan() {
    for (int[] pair : new int[][] {{0, 2}, {1, 3}}) {
      Ping.Result result = ping(pair[0], pair[1], 3);
      assertEquals(0, result.received(), "VF " + pair[0] + " reaches VF " + pair[1]);
    }
    assertReaches(0, 1);
  }

  void unable() {
    int link = pfLink().index();
    VfVlan service = new VfVlan(100, 0, VfVlan.Protocol.DOT1AD);
    assertRefused(Errno.EPROTONOSUPPORT, () -> settings.vlan(link, 0, service));
    assertRefused(Errno.EINVAL, () -> settings.rates(link, 0, new VfRates(10, 100)));
    assertRefused(Errno.EOPNOTSUPP, () -> settings.linkState(link, 0, VfLinkState.DISABLE));
    assertEquals(VLANS.getFirst(), state(0).vlan());
    boolean before = state(0).spoofCheck();
    settings.spoofCheck(link, 0, !before);
    assertEquals(!before, state(0).spoofCheck());
    settings.spoofCheck(link, 0, before);
    settings.trust(link, 0, true);
    assertTrue(state(0).trust());
    settings.trust(link, 0, false);
    assertEquals(false, state(0).trust());
  }

  void noSuchVf() {
    assertRefused(Errno.EINVAL, () -> settings.mac(pfLink().index(), VFS, mac(VFS)));
    settings.mac(pfLink().index(), LINKED, MacAddress.ZERO);
    assertEquals(MacAddress.ZERO, state(LINKED).mac());
  }

  void namespacesEnd() {
    pods.get(1).close();
    Link first = homeLink(1);
    assertEquals(IN_POD, first.name(), "it keeps the name it had in the pod");
    assertEquals(mac(1), first.mac());
    assertEquals(false, first.up());
    assertEquals(List.of(), home.links().addresses().list(first.index()));
    pods.get(2).close();
    Link second = homeLink(2);
    assertEquals("dev" + second.index(), second.name(), "its name is taken at home");
  }

  void settingsStay() {
    assertEquals(mac(1), state(1).mac());
    assertEquals(VLANS.get(1), state(1).vlan());
  }

  void resets() {
    VfState before = state(RESET_VF);
    pci.reset(vf(RESET_VF));
    assertEquals(before, state(RESET_VF));
  }

  void vfio() {
    pci.bind(vf(VFIO_VF), "vfio-pci");
    PciFunction bound = pci.require(vf(VFIO_VF));
    assertEquals(Optional.of("vfio-pci"), bound.binding().driver());
    int group = bound.placement().iommuGroup().orElseThrow();
    Path node = Path.of("/dev/vfio/" + group);
    Await.until(node + " is there", PATIENCE, () -> Files.exists(node));
    pci.bind(vf(VFIO_VF), "igbvf");
    assertEquals(mac(VFIO_VF), homeLink(VFIO_VF).mac());
  }

  void allGo() {
    assertEquals(0, pci.numVfs(pf().address(), 0, PATIENCE));
    assertEquals(List.of(), settings.list(pfLink().index()));
    assertTrue(pods.getFirst().links().find(IN_POD).isEmpty(), "a VF is left in its namespace");
    assertEquals(
        List.of("lo", pfLink().name()), home.links().list().stream().map(Link::name).toList());
    awaitPf();
  }

  private PciFunction pf() {
    List<PciFunction> found =
        pci.scan().stream().filter(function -> function.physical().isPresent()).toList();
    assertEquals(1, found.size(), found.toString());
    return found.getFirst();
  }

  private Link pfLink() {
    return settings.physicalFunction(pf().interfaces().getFirst());
  }

  private PciAddress vf(int number) {
    return pf().physical().orElseThrow().virtualFunctions().get(number);
  }

  private VfState state(int number) {
    return settings.read(pfLink().index(), number);
  }

  private static MacAddress mac(int number) {
    return MacAddress.parse("02:00:5e:10:00:0" + (number + 1));
  }

  private static IpPrefix address(int number) {
    return IpPrefix.parse("172.20.0." + (number + 1) + "/24");
  }

  /** The link of a VF that is at home, as soon as it is. */
  private Link homeLink(int number) {
    PciAddress vf = vf(number);
    Await.until(
        "VF " + number + " has a link at home", PATIENCE, () -> pci.interfaces(vf).size() == 1);
    return home.links().require(pci.interfaces(vf).getFirst());
  }

  private void awaitPf() {
    Await.until("the PF has a carrier", PATIENCE, () -> pfLink().carrier());
  }

  private static void awaitCarrier(NetworkNamespace pod) {
    Await.until("the VF has a carrier", PATIENCE, () -> pod.links().require(IN_POD).carrier());
  }

  /** The first frames may be lost while a NIC settles, so this asks until an answer comes. */
  private void assertReaches(int from, int to) {
    Await.until(
        "VF " + from + " reaches VF " + to, PATIENCE, () -> ping(from, to, 1).received() == 1);
  }

  private Ping.Result ping(int from, int to, int count) {
    return Ping.run(pods.get(from), Ping.Plan.to(address(to).address(), count));
  }

  private static Failure assertRefused(Errno errno, Runnable change) {
    Failure refused = assertThrows(Failure.class, change::run);
    assertEquals(Optional.of(errno), Errno.behind(refused), refused.getMessage());
    return refused;
  }

  @Override
  public void close() {
    pods.forEach(NetworkNamespace::close);
    opened.close();
  }
}
