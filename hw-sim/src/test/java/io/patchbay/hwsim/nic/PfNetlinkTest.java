package io.patchbay.hwsim.nic;

import static io.patchbay.hwsim.nic.Samples.NIC;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.hwsim.frame.Cable;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.VfLinkState;
import io.patchbay.linux.netlink.Attribute;
import io.patchbay.linux.netlink.Attributes;
import io.patchbay.linux.netlink.Ifla;
import io.patchbay.linux.netlink.MessageWriter;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.linux.netlink.Nlmsg;
import io.patchbay.linux.netlink.Rtm;
import io.patchbay.linux.sys.Errno;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The answers to rtnetlink requests, byte by byte where the bytes are the contract. */
class PfNetlinkTest {
  private static final int SEQUENCE = 7;
  private static final int PF_INDEX = 1;

  private final FakeNetdevs netdevs = new FakeNetdevs();
  private final Cable cable = new Cable("one");
  private final MachineNics nics =
      MachineNics.withoutEdges(List.of(new MachineNics.Plugged(NIC, cable.nicEnd())), netdevs);
  private final PfNetlink netlink = nics.netlink(Witness.NONE);

  @BeforeEach
  void fourVfs() {
    if (nics.sysfs().find("/devices/" + NIC.address() + "/sriov_numvfs").orElseThrow()
        instanceof SysfsNode.Both both) {
      both.store().accept("4");
    }
  }

  @AfterEach
  void close() {
    nics.close();
    cable.close();
  }

  private List<NetlinkMessage> ask(MessageWriter request, int flags) {
    return netlink.answer(request.encode(SEQUENCE, Nlmsg.REQUEST | flags)).stream()
        .flatMap(datagram -> NetlinkMessage.decode(datagram).stream())
        .toList();
  }

  private Attributes vf(int number) {
    MessageWriter request =
        MessageWriter.link(Rtm.GETLINK, 0, PF_INDEX)
            .number(Ifla.EXT_MASK, Rtm.FILTER_VF | Rtm.FILTER_SKIP_STATS);
    NetlinkMessage link = ask(request, 0).getFirst();
    return link.attributes(Rtm.LINK_HEADER).nested(Ifla.VFINFO_LIST).all().get(number).nested();
  }

  /** The error number of a request that sets something about VFs; 0 for none. */
  private int set(int index, Consumer<MessageWriter> vf) {
    MessageWriter request =
        MessageWriter.link(Rtm.SETLINK, 0, index)
            .attribute(Ifla.VFINFO_LIST, list -> list.attribute(Ifla.VF_INFO, vf));
    NetlinkMessage answer = ask(request, Nlmsg.ACK).getFirst();
    assertEquals(Nlmsg.ERROR, answer.type());
    assertEquals(SEQUENCE, answer.sequence());
    return -answer.i32(0);
  }

  private int set(Consumer<MessageWriter> vf) {
    return set(PF_INDEX, vf);
  }

  private static Consumer<MessageWriter> hex(int type, String littleEndian) {
    return vf -> vf.attribute(type, HexFormat.of().parseHex(littleEndian.replace(" ", "")));
  }

  private static String mac(String vf, String address) {
    return vf + address + "00".repeat(26);
  }

  @Test
  void aLinkByIndexAndByName() {
    for (MessageWriter request :
        List.of(
            MessageWriter.link(Rtm.GETLINK, 0, PF_INDEX),
            MessageWriter.link(Rtm.GETLINK, 0, 0).text(Ifla.IFNAME, "pf0"))) {
      List<NetlinkMessage> answer = ask(request, Nlmsg.ACK);
      Attributes link = answer.getFirst().attributes(Rtm.LINK_HEADER);
      assertEquals(PF_INDEX, answer.getFirst().i32(4));
      assertEquals("pf0", link.text(Ifla.IFNAME));
      assertEquals("0000:3b:00.0", link.text(Ifla.PARENT_DEV_NAME));
      assertEquals("pci", link.text(Ifla.PARENT_DEV_BUS_NAME));
      assertArrayEquals(NIC.mac().bytes(), link.find(Ifla.ADDRESS).orElseThrow().bytes());
      assertTrue(link.find(Ifla.NUM_VF).isEmpty());
      assertTrue(link.find(Ifla.VFINFO_LIST).isEmpty());
      assertEquals(Nlmsg.ERROR, answer.getLast().type());
      assertEquals(0, answer.getLast().i32(0));
    }
  }

  @Test
  void vfsAreToldWhenAskedFor() {
    MessageWriter request =
        MessageWriter.link(Rtm.GETLINK, 0, PF_INDEX).number(Ifla.EXT_MASK, Rtm.FILTER_VF);
    Attributes link = ask(request, 0).getFirst().attributes(Rtm.LINK_HEADER);
    assertEquals(4, link.find(Ifla.NUM_VF).orElseThrow().i32(0));
    List<Attribute> vfs = link.nested(Ifla.VFINFO_LIST).all();
    assertEquals(4, vfs.size());
    Attributes last = vfs.getLast().nested();
    assertEquals(3, last.find(Ifla.VF_MAC).orElseThrow().i32(0));
    assertEquals(36, last.find(Ifla.VF_MAC).orElseThrow().length());
    assertEquals(
        List.of(
            Ifla.VF_MAC,
            Ifla.VF_VLAN,
            Ifla.VF_RATE,
            3,
            Ifla.VF_SPOOFCHK,
            Ifla.VF_LINK_STATE,
            Ifla.VF_TRUST,
            Ifla.VF_VLAN_LIST,
            8),
        last.all().stream().map(Attribute::type).toList());
  }

  @Test
  void aDumpTellsAllAndEnds() {
    List<NetlinkMessage> answer = ask(MessageWriter.link(Rtm.GETLINK, 0, 0), Nlmsg.DUMP);
    assertEquals(
        List.of(Rtm.NEWLINK, Nlmsg.DONE), answer.stream().map(NetlinkMessage::type).toList());
    assertTrue(answer.getFirst().has(Nlmsg.MULTI));
  }

  @Test
  void aMacIsKeptShownAndTakenByTheNetdev() {
    assertEquals(0, set(hex(Ifla.VF_MAC, mac("02000000", "020000000042"))));
    assertEquals(
        "02000000020000000042" + "00".repeat(26),
        HexFormat.of().formatHex(vf(2).find(Ifla.VF_MAC).orElseThrow().bytes()));
    assertEquals(MacAddress.parse("02:00:00:00:00:42"), netdevs.named("pf0v2").mac);
    assertEquals(false, nics.snapshot().getFirst().vfs().get(2).defaultMac());
    assertEquals(0, set(hex(Ifla.VF_MAC, mac("02000000", "000000000000"))));
    assertEquals(NIC.vfMac(2), netdevs.named("pf0v2").mac);
    assertEquals(true, nics.snapshot().getFirst().vfs().get(2).defaultMac());
  }

  @Test
  void vlanWithPriorityByEitherAttribute() {
    assertEquals(0, set(hex(Ifla.VF_VLAN, "01000000 65000000 05000000")));
    assertEquals(
        "010000006500000005000000" + "81000000",
        HexFormat.of()
            .formatHex(
                vf(1).nested(Ifla.VF_VLAN_LIST).find(Ifla.VF_VLAN_INFO).orElseThrow().bytes()));
    assertEquals(
        0,
        set(vf ->
            vf.attribute(
                Ifla.VF_VLAN_LIST,
                hex(Ifla.VF_VLAN_INFO, "01000000 66000000 00000000 8100 0000"))));
    assertEquals(102, nics.snapshot().getFirst().vfs().get(1).settings().vlan());
  }

  @Test
  void theRestIsKept() {
    assertEquals(0, set(hex(Ifla.VF_SPOOFCHK, "03000000 00000000")));
    assertEquals(0, set(hex(Ifla.VF_TRUST, "03000000 01000000")));
    assertEquals(0, set(hex(Ifla.VF_LINK_STATE, "03000000 02000000")));
    assertEquals(0, set(hex(Ifla.VF_RATE, "03000000 00000000 e8030000")));
    assertEquals(
        new VfSettings(
            NIC.vfMac(3),
            io.patchbay.hwsim.frame.VlanTag.of(0),
            false,
            VfLinkState.DISABLE,
            true,
            1000),
        nics.snapshot().getFirst().vfs().get(3).settings());
    assertEquals(false, netdevs.named("pf0v3").carrier);
    assertEquals(1000, vf(3).find(Ifla.VF_RATE).orElseThrow().i32(8));
  }

  @Test
  void refusalsAreTheKernels() {
    assertEquals(Errno.EINVAL.code(), set(hex(Ifla.VF_SPOOFCHK, "04000000 00000000")));
    assertEquals(Errno.EINVAL.code(), set(hex(Ifla.VF_MAC, mac("04000000", "020000000042"))));
    assertEquals(Errno.EINVAL.code(), set(hex(Ifla.VF_MAC, mac("01000000", "010000000042"))));
    assertEquals(Errno.EINVAL.code(), set(hex(Ifla.VF_VLAN, "01000000 00100000 00000000")));
    assertEquals(Errno.EINVAL.code(), set(hex(Ifla.VF_VLAN, "01000000 65000000 08000000")));
    assertEquals(Errno.EINVAL.code(), set(hex(Ifla.VF_RATE, "01000000 01000000 e8030000")));
    assertEquals(Errno.EINVAL.code(), set(hex(Ifla.VF_LINK_STATE, "01000000 03000000")));
    assertEquals(Errno.ERANGE.code(), set(hex(Ifla.VF_SPOOFCHK, "01000000")));
    assertEquals(Errno.EOPNOTSUPP.code(), set(hex(10, "01000000" + "00".repeat(12))));
    assertEquals(
        Errno.EPROTONOSUPPORT.code(),
        set(vf ->
            vf.attribute(
                Ifla.VF_VLAN_LIST,
                hex(Ifla.VF_VLAN_INFO, "01000000 66000000 00000000 88a8 0000"))));
    assertEquals(Errno.ENODEV.code(), set(99, hex(Ifla.VF_SPOOFCHK, "01000000 00000000")));
  }

  @Test
  void anAnswerIsOneErrorEvenForUnknownMessages() {
    NetlinkMessage answer = ask(MessageWriter.link(Rtm.DELLINK, 0, PF_INDEX), Nlmsg.ACK).getFirst();
    assertEquals(-Errno.EOPNOTSUPP.code(), answer.i32(0));
  }
}
