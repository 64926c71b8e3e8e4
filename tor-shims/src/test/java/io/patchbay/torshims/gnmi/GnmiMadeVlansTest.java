package io.patchbay.torshims.gnmi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.TlsServerCredentials;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.gnmi.GnmiLogin;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanEdit;
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
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The VLANs of a switch that forwards only those it has been told of, by gNMI. */
class GnmiMadeVlansTest {
  private static final VlanNames NAMES = new VlanNames(vlan -> Optional.of("service-" + vlan));

  @TempDir private Path folder;

  private final Stack opened = new Stack();
  private SimulatedSwitch tor;
  private String factory;
  private GnmiSwitch driver;
  private GnmiCalls operator;

  private void start(boolean confirms) throws IOException {
    SwitchDescription description =
        new SwitchDescription(
            "tor-1",
            List.of(Port.bare("Ethernet1"), Port.access("Ethernet2", 10)),
            Access.byPassword("unused", "unused"));
    tor = opened.push(SimulatedSwitch.start(description, Time.system()));
    Files.writeString(folder.resolve("password"), "secret\n");
    factory = tor.runningConfig();
    SwitchEntry.Gnmi gnmi =
        new SwitchEntry.Gnmi(folder.resolve("ca.pem").toString(), "", "", "", confirms);
    SwitchEntry entry =
        new SwitchEntry(
            "tor-1",
            "127.0.0.1:" + serve(),
            new SwitchEntry.Login("shim", folder.resolve("password").toString(), "", ""),
            gnmi,
            null,
            null,
            "default",
            new SwitchEntry.Deadlines("5s", "30s"));
    driver = opened.push(new GnmiSwitch(entry, gnmi, "shim-1", NAMES, Time.system()));
    operator =
        opened.push(
            new GnmiCalls(entry, new GnmiPort(Set.of()), new GnmiDoor(entry, gnmi), () -> {}));
  }

  private int serve() throws IOException {
    new SwitchAuthority(folder, "ca")
        .issue("tor-1", new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    Server server =
        Grpc.newServerBuilderForPort(
                0,
                TlsServerCredentials.create(
                    folder.resolve("tor-1.pem").toFile(), folder.resolve("tor-1.key").toFile()))
            .addService(ServerInterceptors.intercept(tor.gnmi(), new GnmiLogin("shim", "secret")))
            .build()
            .start();
    opened.push(() -> {
      var unused = server.shutdownNow();
    });
    return server.getPort();
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private void apply(String port, PortConfig wanted) {
    var unused = driver.apply(Map.of(port, wanted), Duration.ofSeconds(5));
  }

  private static Trunk trunk(Integer... vlans) {
    return new Trunk(new TreeSet<>(Arrays.asList(vlans)), OptionalInt.empty());
  }

  private static SetRequest making(Map<Integer, String> vlans) {
    SetRequest.Builder set = SetRequest.newBuilder();
    GnmiVlans.put(set, "default", VlanEdit.making(vlans));
    return set.build();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isMadeWithThePortAndTakenAwayWhenNobodyNeedsIt(boolean confirms) throws IOException {
    start(confirms);
    Raw former = driver.read(Set.of("Ethernet2")).get("Ethernet2").raw();
    apply("Ethernet2", trunk(100, 200));
    Map<Integer, String> made = Map.of(100, "patchbay-service-100", 200, "patchbay-service-200");
    assertEquals(made, driver.madeVlans(Set.of(10, 100, 200)));
    SetRequest.Builder removing = SetRequest.newBuilder();
    GnmiVlans.put(removing, "default", VlanEdit.removing(Set.of(100)));
    operator.set(removing.build());
    apply("Ethernet2", trunk(100, 200));
    assertEquals(made, driver.madeVlans(Set.of(100, 200)));
    apply("Ethernet2", former);
    driver.removeVlans(Set.of(100, 200));
    assertEquals(factory, tor.runningConfig());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatSomebodyElseMadeIsAsGoodAndIsLeftAlone(boolean confirms) throws IOException {
    start(confirms);
    operator.set(making(Map.of(100, "storage")));
    String before = tor.runningConfig();
    Raw former = driver.read(Set.of("Ethernet2")).get("Ethernet2").raw();
    apply("Ethernet2", trunk(100));
    assertEquals(Map.of(), driver.madeVlans(Set.of(100)));
    apply("Ethernet2", former);
    driver.removeVlans(Set.of(100));
    assertEquals(before, tor.runningConfig());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatSomebodyElseHasSuspendedIsARefusalThatChangesNothing(boolean confirms)
      throws IOException {
    start(confirms);
    SetRequest.Builder set = making(Map.of(100, "storage")).toBuilder();
    var value = set.getUpdateBuilder(0).getValBuilder();
    String json = value.getJsonIetfVal().toStringUtf8().replace("ACTIVE", "SUSPENDED");
    value.setJsonIetfVal(ByteString.copyFromUtf8(json));
    operator.set(set.build());
    String before = tor.runningConfig();
    Failure failure = assertThrows(Failure.class, () -> apply("Ethernet2", trunk(100)));
    assertEquals(Failure.Kind.CONFLICT, failure.kind());
    assertTrue(failure.getMessage().contains("VLAN 100"), failure.getMessage());
    assertEquals(before, tor.runningConfig());
  }
}
