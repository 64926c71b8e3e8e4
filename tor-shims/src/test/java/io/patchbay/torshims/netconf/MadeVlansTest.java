package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.netconf.Capability;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The VLANs of a switch that forwards only those it has been told of. */
class MadeVlansTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final VlanNames NAMES = new VlanNames(vlan -> Optional.of("service-" + vlan));

  @TempDir private Path folder;

  private final Stack opened = new Stack();
  private final SshDoor door = opened.push(new SshDoor());
  private SimulatedSwitch tor;
  private String factory;
  private NetconfSwitch driver;

  private void start(boolean candidate) throws IOException {
    tor =
        opened.push(
            SimulatedSwitch.start(
                new SwitchDescription(
                    "tor-1",
                    List.of(Port.bare("Ethernet1"), Port.access("Ethernet2", 10)),
                    Access.byPassword("shim", "secret"),
                    candidate ? Capability.WITH_CANDIDATE : Set.of(Capability.WRITABLE_RUNNING),
                    true),
                Time.system()));
    Files.writeString(folder.resolve("password"), "secret\n");
    Files.writeString(folder.resolve("hostkeys"), tor.hostKey() + "\n");
    factory = tor.runningConfig();
    UndoLog undo = new UndoLog(opened.push(Journal.open(folder.resolve("undo"))), "tor-1");
    driver =
        opened.push(new NetconfSwitch(entry("default"), door, "p", undo, NAMES, Time.system()));
  }

  private SwitchEntry entry(String networkInstance) {
    return new SwitchEntry(
        "tor-1",
        "127.0.0.1:" + tor.netconfAddress().getPort(),
        new SwitchEntry.Login(
            "shim",
            folder.resolve("password").toString(),
            "",
            folder.resolve("hostkeys").toString()),
        null,
        null,
        networkInstance,
        new SwitchEntry.Deadlines("5s", "30s"));
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private void apply(String port, PortConfig wanted) {
    var unused = driver.apply(Map.of(port, wanted), PATIENCE);
  }

  private static Trunk trunk(Integer... vlans) {
    return new Trunk(new TreeSet<>(Arrays.asList(vlans)), OptionalInt.empty());
  }

  private boolean has(int vlan, String name) {
    return tor.runningConfig()
        .replaceAll("\\s", "")
        .contains("<vlan-id>%d</vlan-id><name>%s</name>".formatted(vlan, name));
  }

  /** An operator's hand. */
  private void edit(boolean candidate, String config) {
    try (NetconfSession operator =
        new NetconfSession("operator", door.open(entry("")), Time.system(), PATIENCE)) {
      if (candidate) {
        assertTrue(operator.call(Operations.edit(config)).done());
        assertTrue(operator.call(Operations.COMMIT).done());
      } else {
        assertTrue(operator.call(Operations.editRunning(config, false)).done());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isMadeWithThePortAndTakenAwayWhenNobodyNeedsIt(boolean candidate) throws IOException {
    start(candidate);
    Raw former = driver.read(Set.of("Ethernet2")).get("Ethernet2").raw();
    apply("Ethernet2", trunk(100, 200));
    assertTrue(has(100, "patchbay-service-100"), tor.runningConfig());
    assertTrue(has(200, "patchbay-service-200"), tor.runningConfig());
    assertEquals(
        Map.of(100, "patchbay-service-100", 200, "patchbay-service-200"),
        driver.madeVlans(Set.of(10, 100, 200)));
    apply("Ethernet2", trunk(100));
    driver.removeVlans(Set.of(200));
    assertFalse(has(200, "patchbay-service-200"), tor.runningConfig());
    apply("Ethernet2", former);
    driver.removeVlans(Set.of(100, 200));
    assertEquals(factory, tor.runningConfig());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatSomebodyElseMadeIsAsGoodAndIsLeftAlone(boolean candidate) throws IOException {
    start(candidate);
    edit(candidate, OpenConfigVlans.making("default", Map.of(100, "storage")));
    String before = tor.runningConfig();
    Raw former = driver.read(Set.of("Ethernet2")).get("Ethernet2").raw();
    apply("Ethernet2", trunk(100));
    assertTrue(has(100, "storage"), tor.runningConfig());
    assertEquals(Map.of(), driver.madeVlans(Set.of(100)));
    apply("Ethernet2", former);
    driver.removeVlans(Set.of(100));
    assertEquals(before, tor.runningConfig());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatSomebodyElseHasSuspendedIsARefusalThatChangesNothing(boolean candidate)
      throws IOException {
    start(candidate);
    edit(
        candidate,
        OpenConfigVlans.making("default", Map.of(100, "storage")).replace("ACTIVE", "SUSPENDED"));
    String before = tor.runningConfig();
    Failure failure = assertThrows(Failure.class, () -> apply("Ethernet2", trunk(100)));
    assertEquals(Failure.Kind.CONFLICT, failure.kind());
    assertTrue(failure.getMessage().contains("VLAN 100"), failure.getMessage());
    assertTrue(failure.getMessage().contains("storage"), failure.getMessage());
    assertEquals(before, tor.runningConfig());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatSomebodyTookAwayOrChangedIsMadeAgain(boolean candidate) throws IOException {
    start(candidate);
    apply("Ethernet1", trunk(100, 200));
    String made = tor.runningConfig();
    edit(candidate, OpenConfigVlans.removing("default", Set.of(100)));
    apply("Ethernet1", trunk(100, 200));
    assertEquals(made, tor.runningConfig());
    edit(
        candidate,
        OpenConfigVlans.making("default", Map.of(200, "patchbay-x"))
            .replace("ACTIVE", "SUSPENDED"));
    apply("Ethernet1", trunk(100, 200));
    assertEquals(made, tor.runningConfig());
  }
}
