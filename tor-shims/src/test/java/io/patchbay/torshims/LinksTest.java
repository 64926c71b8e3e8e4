package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Json;
import io.patchbay.base.Time;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Connections;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.LinkContractTest;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.VlanParameters;
import io.patchbay.torshims.SwitchPorts.Ours;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each link of the shim's chain owes its connection, and what it adds. */
class LinksTest {
  private static final FabricServices FABRIC =
      Json.parseYaml("file.yaml", FabricFilesTest.FABRIC, FabricServices.class);
  private static final Cables CABLES =
      Json.parseYaml("file.yaml", FabricFilesTest.CABLES, Cables.class);

  private static Mechanism vlan(String node, String pfMac) {
    return vlan(node, pfMac, "");
  }

  private static Mechanism vlan(String node, String pfMac, String capability) {
    return new VlanParameters(
            Optional.empty(),
            Optional.of(
                new VlanParameters.Function(
                    node, pfMac, "0000:01:00.2", 1, "02:00:00:00:01:02", 9000, capability)))
        .mechanism();
  }

  private static Call call(String service, Mechanism preference, Time time) {
    Connection connection =
        Connections.arrived("c1", time).toBuilder().setNetworkService(service).build();
    return Call.of(
        connection, List.of(preference), new Cause.Asked(), time.now().plus(Duration.ofMinutes(1)));
  }

  private static Connection through(Link link, Call call) {
    return link.request(call, Call::connection);
  }

  @Nested
  class LocatePortTest extends LinkContractTest {
    @Override
    protected Link link() {
      return new LocatePort(FABRIC, CABLES);
    }

    @Override
    protected Set<String> heldOutside() {
      return Set.of();
    }

    @Override
    protected Call call() {
      return LinksTest.call("myns", vlan("node-1", "02-00-00-00-01-00"), time);
    }

    @Test
    void findsTheOtherEndOfTheCable() {
      Mechanism located = through(link(), call()).getMechanism();
      assertEquals("tor-1", located.getParametersOrThrow("switch"));
      assertEquals("Ethernet1", located.getParametersOrThrow("port"));
      assertEquals("0000:01:00.2", located.getParametersOrThrow("pciAddress"));
    }

    /** Nobody is on a service that has a rate for each capability without one. */
    @ParameterizedTest
    @CsvSource({
      "example.com/100g, ''",
      "example.com/25g, this one was asked for as example.com/25g",
      "'', the node does not say what this one was asked for as"
    })
    void refusesWhomTheServiceHasNoRateFor(String capability, String why) {
      FabricServices rated =
          Json.parseYaml(
              "file.yaml",
              FabricFilesTest.FABRIC.replaceFirst(
                  "mtu: 1500", "port: {qos: {capabilities: {example.com/100g: {in: gold}}}}"),
              FabricServices.class);
      Link locate = new LocatePort(rated, CABLES);
      Call asked = LinksTest.call("myns", vlan("node-1", "02:00:00:00:01:00", capability), time);
      if (why.isEmpty()) {
        assertEquals(
            List.of(new PortClaim("tor-1", "Ethernet1", 7, "example.com/100g", PortWish.NONE)),
            Plug.claims(
                through(locate, asked).toBuilder()
                    .setMechanism(Plug.tagged(through(locate, asked).getMechanism(), 7))
                    .build()));
        return;
      }
      Mechanism tagged = Plug.tagged(asked.preferences().getFirst(), 7);
      Call lives = LinksTest.call("myns", tagged, time);
      assertEquals(7, Plug.vlan(through(locate, lives)), "who came before the file said so");
      Failure failure = assertThrows(Failure.class, () -> through(locate, asked));
      assertEquals(Failure.Kind.DENIED, failure.kind());
      assertEquals(
          "service myns has a rate for VFs of [example.com/100g] only, and " + why,
          failure.getMessage());
    }

    /** The service must be at both, for the VF's packets take either way. */
    @Test
    void findsBothEndsOfAPairOrNone() {
      Cable.Pair pair = new Cable.Pair("tor-2", "Ethernet7", List.of(), "02:00:00:00:01:01");
      Cables paired =
          new Cables(
              List.of(
                  new Cable(
                      "node-1", "02:00:00:00:01:00", "tor-1", "Ethernet1", List.of(), pair, null)));
      Call call = LinksTest.call("other", vlan("node-1", "02:00:00:00:01:01"), time);
      Mechanism located = through(new LocatePort(FABRIC, paired), call).getMechanism();
      assertEquals(
          List.of(new PortClaim("tor-1", "Ethernet1", 7), new PortClaim("tor-2", "Ethernet7", 7)),
          Plug.claims(Connection.newBuilder().setMechanism(Plug.tagged(located, 7)).build()));
      Call here = LinksTest.call("myns", vlan("node-1", "02:00:00:00:01:00"), time);
      Failure failure =
          assertThrows(Failure.class, () -> through(new LocatePort(FABRIC, paired), here));
      assertTrue(failure.getMessage().contains("myns is not at switch tor-2"), failure::getMessage);
    }

    @Test
    void believesTheCablesFileOnly() {
      Mechanism lie =
          vlan("node-1", "02:00:00:00:01:00").toBuilder()
              .putParameters("port", "Ethernet9")
              .build();
      Call call = LinksTest.call("myns", lie, time);
      assertEquals("Ethernet1", through(link(), call).getMechanism().getParametersOrThrow("port"));
    }

    @Test
    void takesTheFirstPreferenceThatFits() {
      Call call =
          call()
              .preferring(
                  List.of(
                      Mechanism.newBuilder().setCls("LOCAL").setType("KERNEL").build(),
                      vlan("node-2", "02:00:00:00:02:ab")));
      assertEquals("Ethernet2", through(link(), call).getMechanism().getParametersOrThrow("port"));
    }

    @Test
    void refuses() {
      refusal(Failure.Kind.NOT_FOUND, "ghost", vlan("node-1", "02:00:00:00:01:00"), "'ghost'");
      refusal(
          Failure.Kind.NOT_FOUND,
          "myns",
          vlan("node-1", "02:00:00:00:09:00"),
          "no cable for 02:00:00:00:09:00 of node node-1");
      refusal(
          Failure.Kind.CONFLICT,
          "myns",
          vlan("node-2", "02:00:00:00:01:00"),
          "the cables file has 02:00:00:00:01:00 on node node-1");
      refusal(Failure.Kind.INVALID, "myns", vlan("node-1", "nonsense"), "'nonsense'");
      refusal(
          Failure.Kind.INVALID,
          "myns",
          new VlanParameters(Optional.empty(), Optional.empty()).mechanism(),
          "names no 'node' and 'pfMac'");
      refusal(
          Failure.Kind.UNSUPPORTED,
          "myns",
          Mechanism.newBuilder().setType("VXLAN").build(),
          "unsupported mechanism");
    }

    private void refusal(Failure.Kind kind, String service, Mechanism asked, String text) {
      Call call = LinksTest.call(service, asked, time);
      Failure failure = assertThrows(Failure.class, () -> through(link(), call));
      assertEquals(kind, failure.kind());
      assertTrue(failure.getMessage().contains(text), failure.getMessage());
    }

    @Test
    void refusesAServiceThatIsNotAtThatSwitch() {
      Cables elsewhere =
          new Cables(List.of(new Cable("node-1", "02:00:00:00:01:00", "tor-2", "Ethernet1")));
      Failure failure =
          assertThrows(Failure.class, () -> through(new LocatePort(FABRIC, elsewhere), call()));
      assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
      assertTrue(failure.getMessage().contains("only at [tor-1]"), failure.getMessage());
    }
  }

  @Nested
  class HoldSegmentTest extends LinkContractTest {
    @TempDir Path folder;
    private Journal journal;
    private Link link;

    @BeforeEach
    void open() {
      journal = Journal.open(folder.resolve("fabric"));
      link = new HoldSegment(FABRIC, new Segments(FABRIC, journal), Time.system());
    }

    @AfterEach
    void close() {
      journal.close();
    }

    @Override
    protected Link link() {
      return link;
    }

    @Override
    protected Set<String> heldOutside() {
      return Set.of();
    }

    @Override
    protected Call call() {
      return LinksTest.call("other", vlan("node-1", "02:00:00:00:01:00"), time);
    }

    @Test
    void tagsWithTheServicesVlan() {
      assertEquals("200", through(link, call()).getMechanism().getParametersOrThrow("vlan-id"));
    }
  }

  @Nested
  class HoldAddressTest extends LinkContractTest {
    private final Addresses addresses = new Addresses(FABRIC);
    private final Link link = new HoldAddress(FABRIC, addresses);

    @Override
    protected Link link() {
      return link;
    }

    @Override
    protected Set<String> heldOutside() {
      return new HashSet<>(addresses.given().values());
    }

    @Override
    protected Call call() {
      return LinksTest.call("myns", vlan("node-1", "02:00:00:00:01:00"), time);
    }

    /** Each write is a wait for the disk; a crash after it finds whose the address is. */
    @Test
    void theAddressIsWrittenDownWithWhatComesNext(@TempDir Path folder) {
      Key<String> port = Key.durable("next", String.class);
      try (Journal journal = Journal.open(folder.resolve("sessions"))) {
        Addresses successors = new Addresses(FABRIC);
        Link behind =
            (call, next) -> {
              assertEquals(Map.of(), journal.entries());
              var held = call.session().hold(port, () -> "a port", gone -> {});
              Link successor = new HoldAddress(FABRIC, successors);
              var unused = Chain.of(List.of(Sessions.durable(time, journal), successor));
              return call.connection();
            };
        var unused =
            Chain.of(List.of(Sessions.durable(time, journal), link, behind)).request(call());
        assertEquals(Set.of(call().connection().getId()), heldOutside());
        assertEquals(addresses.given(), successors.given());
      }
    }
  }

  @Nested
  class HoldPortTest extends LinkContractTest {
    @TempDir Path folder;
    private final FakeSwitch fake = new FakeSwitch();
    private Journal journal;
    private SwitchWriter writer;

    @BeforeEach
    void open() {
      journal = Journal.open(folder.resolve("fabric"));
      SwitchPorts ports =
          new SwitchPorts(
              "tor-1",
              fake,
              new FormerPorts(journal, "tor-1"),
              new Ours(Set.of(), 4094, Set.of(), made -> {}));
      writer =
          new SwitchWriter(
              "tor-1",
              ports,
              Rig.deaf("tor-1", journal),
              SwitchWriter.Terms.usual(Duration.ofHours(1)),
              new SwitchAccount("tor-1", History.none(), new CommitMeasures(), Time.system()),
              Time.system());
      writer.start();
    }

    @AfterEach
    void close() {
      writer.close();
      journal.close();
    }

    @Override
    protected Link link() {
      return new HoldPort(Map.of("tor-1", writer), time);
    }

    @Override
    protected Set<String> heldOutside() {
      return Set.of(fake.running());
    }

    @Override
    protected Call call() {
      Mechanism asked = vlan("node-1", "02:00:00:00:01:00");
      Mechanism tagged = Plug.tagged(Plug.located(asked, CABLES.cables().getFirst()), 100);
      return LinksTest.call("myns", asked, time).edit(c -> c.setMechanism(tagged));
    }
  }
}
