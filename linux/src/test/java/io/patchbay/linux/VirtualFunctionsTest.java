package io.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.linux.VfState.VfFlag;
import io.patchbay.linux.netlink.NetlinkEndpoint;
import io.patchbay.linux.netlink.NetlinkServer;
import io.patchbay.linux.sys.Errno;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs against a NIC at the other end of a unix socket, and against the kernel. */
class VirtualFunctionsTest {
  private static final MacAddress MAC = MacAddress.parse("02:00:5e:10:00:0b");

  @TempDir Path folder;
  private final FakeNic nic = new FakeNic(16);
  private NetlinkServer server;
  private VirtualFunctions functions;

  @BeforeEach
  void connect() {
    Path socket = folder.resolve("nic");
    server = NetlinkServer.listen(socket, nic::answer);
    functions = new VirtualFunctions(NetlinkEndpoint.unix(socket));
  }

  @AfterEach
  void close() {
    functions.close();
    server.close();
  }

  @Test
  void everySettingReachesItsFunctionAlone() {
    List<VfState> before = functions.list(FakeNic.INDEX);
    functions.mac(FakeNic.INDEX, 10, MAC);
    functions.vlan(FakeNic.INDEX, 10, new VfVlan(100, 3, VfVlan.Protocol.DOT1AD));
    functions.spoofCheck(FakeNic.INDEX, 10, true);
    functions.trust(FakeNic.INDEX, 10, true);
    functions.rates(FakeNic.INDEX, 10, new VfRates(10, 100));
    functions.linkState(FakeNic.INDEX, 10, VfLinkState.ENABLE);
    assertEquals(6, nic.changes());
    assertEquals(
        new VfState(
            10,
            MAC,
            new VfVlan(100, 3, VfVlan.Protocol.DOT1AD),
            new VfRates(10, 100),
            VfLinkState.ENABLE,
            Set.of(VfFlag.SPOOF_CHECK, VfFlag.TRUST)),
        functions.read(FakeNic.INDEX, 10));
    List<VfState> after = functions.list(FakeNic.INDEX);
    before.stream()
        .filter(state -> state.number() != 10)
        .forEach(state -> assertTrue(after.contains(state), state.toString()));
  }

  @Test
  void thePhysicalFunctionIsFoundByName() {
    Link link = functions.physicalFunction(FakeNic.NAME);
    assertEquals(FakeNic.INDEX, link.index());
    assertEquals(Optional.of("0000:3b:00.0"), link.parentDevice());
    Failure failure = assertThrows(Failure.class, () -> functions.physicalFunction("none"));
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
  }

  @Test
  void aRefusalSaysWhatWasNotDone() {
    Failure failure =
        assertThrows(Failure.class, () -> functions.vlan(FakeNic.INDEX, 16, VfVlan.tag(7)));
    assertEquals(Optional.of(Errno.EINVAL), Errno.behind(failure));
    assertTrue(failure.getMessage().contains("vf=16"), failure.getMessage());
    assertTrue(failure.getMessage().contains("no such function"), failure.getMessage());
    assertEquals(
        Failure.Kind.NOT_FOUND,
        assertThrows(Failure.class, () -> functions.read(FakeNic.INDEX, 16)).kind());
  }

  /** The kernel checks the shape of each attribute before it finds that a veth has no functions. */
  @Test
  void theKernelUnderstandsEveryRequest() {
    Root.needed("asks the kernel about a link in a namespace of its own");
    try (NetworkNamespace namespace = NetworkNamespace.create();
        VirtualFunctions kernel = new VirtualFunctions(namespace.call(NetlinkEndpoint::kernel))) {
      namespace
          .links()
          .createVeth(new VethEnd(namespace, "pf0"), new VethEnd(namespace, "pf1"), 1500);
      int pf = kernel.physicalFunction("pf0").index();
      assertEquals(List.of(), kernel.list(pf));
      List<VfChange> changes =
          List.of(
              new VfChange.Mac(0, MAC),
              new VfChange.Vlan(0, VfVlan.tag(7)),
              new VfChange.Vlan(0, new VfVlan(7, 1, VfVlan.Protocol.DOT1AD)),
              new VfChange.Rates(0, new VfRates(1, 2)),
              new VfChange.SpoofCheck(0, true),
              new VfChange.LinkState(0, VfLinkState.ENABLE),
              new VfChange.Trust(0, true));
      for (VfChange change : changes) {
        Failure failure = assertThrows(Failure.class, () -> kernel.set(pf, change));
        assertEquals(Optional.of(Errno.EOPNOTSUPP), Errno.behind(failure), change.toString());
        assertEquals(Failure.Kind.UNSUPPORTED, failure.kind());
      }
    }
  }
}
