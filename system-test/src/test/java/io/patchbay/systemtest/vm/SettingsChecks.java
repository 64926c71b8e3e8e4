package io.patchbay.systemtest.vm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.VfLinkState;
import io.patchbay.linux.VfRates;
import io.patchbay.linux.VfState;
import io.patchbay.linux.VfState.VfFlag;
import io.patchbay.linux.VfVlan;
import io.patchbay.linux.VirtualFunctions;
import io.patchbay.linux.netlink.NetlinkEndpoint;
import io.patchbay.linux.sys.Errno;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The whole of what netlink can say about a VF, against the kernel's netdevsim: it keeps every
 * setting, also those that igb refuses, and enforces none.
 */
final class SettingsChecks implements AutoCloseable {
  private static final Path BUS = Path.of("/sys/bus/netdevsim");
  private static final Path DEVICE = BUS.resolve("devices/netdevsim10");
  private static final int VFS = 4;
  private static final int VF = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final VirtualFunctions settings = new VirtualFunctions(NetlinkEndpoint.kernel());

  void all() {
    write(BUS.resolve("new_device"), "10 1");
    Await.until("netdevsim has a link", PATIENCE, () -> Files.exists(DEVICE.resolve("net")));
    write(DEVICE.resolve("sriov_numvfs"), Integer.toString(VFS));
    int pf = pf();
    assertEquals(VFS, settings.list(pf).size());
    VfState neighbour = settings.read(pf, VF + 1);
    MacAddress mac = MacAddress.parse("02:00:5e:20:00:01");
    VfVlan vlan = new VfVlan(300, 6, VfVlan.Protocol.DOT1AD);
    settings.mac(pf, VF, mac);
    settings.vlan(pf, VF, vlan);
    settings.rates(pf, VF, new VfRates(100, 1000));
    settings.spoofCheck(pf, VF, true);
    settings.trust(pf, VF, true);
    for (VfLinkState state : VfLinkState.values()) {
      settings.linkState(pf, VF, state);
      assertEquals(
          new VfState(
              VF,
              mac,
              vlan,
              new VfRates(100, 1000),
              state,
              Set.of(VfFlag.SPOOF_CHECK, VfFlag.TRUST)),
          settings.read(pf, VF));
    }
    assertEquals(neighbour, settings.read(pf, VF + 1));
    settings.vlan(pf, VF, VfVlan.NONE);
    assertEquals(VfVlan.NONE, settings.read(pf, VF).vlan());
  }

  void impossible() {
    int pf = pf();
    assertInvalid(() -> settings.mac(pf, VFS, MacAddress.ZERO));
    assertInvalid(() -> settings.mac(pf, VF, MacAddress.parse("01:00:5e:00:00:01")));
    write(BUS.resolve("del_device"), "10");
  }

  private int pf() {
    try (Stream<Path> links = Files.list(DEVICE.resolve("net"))) {
      String name = links.findFirst().orElseThrow().getFileName().toString();
      return settings.physicalFunction(name).index();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void assertInvalid(Runnable change) {
    Failure refused = assertThrows(Failure.class, change::run);
    assertEquals(Optional.of(Errno.EINVAL), Errno.behind(refused), refused.getMessage());
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    settings.close();
  }
}
