package io.patchbay.torshims.gnmi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import io.grpc.Grpc;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.TlsServerCredentials;
import io.patchbay.api.gnmi.GetResponse;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.base.Time;
import io.patchbay.hwsim.gnmi.GnmiLogin;
import io.patchbay.torshims.EvpnContractTest;
import io.patchbay.torshims.EvpnInstance;
import io.patchbay.torshims.EvpnReading;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanEdit;
import io.patchbay.torshims.VlanNames;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.Test;

/** By gNMI with the commit extension; a subclass is without. */
class GnmiEvpnTest extends EvpnContractTest {
  private int drivers;
  private int port;

  boolean confirms() {
    return true;
  }

  @Override
  protected SwitchDriver driver(VlanNames names) throws IOException {
    if (port == 0) {
      port = serve();
    }
    SwitchEntry.Gnmi gnmi =
        new SwitchEntry.Gnmi(folder.resolve("ca.pem").toString(), "", "", "", confirms());
    SwitchEntry entry =
        new SwitchEntry(
            "tor-1",
            "127.0.0.1:" + port,
            new SwitchEntry.Login(USER, folder.resolve("password").toString(), "", ""),
            gnmi,
            null,
            null,
            "default",
            new SwitchEntry.Deadlines("5s", "30s"));
    return new GnmiSwitch(entry, gnmi, "shim-" + ++drivers, names, Time.system());
  }

  private int serve() throws IOException {
    new SwitchAuthority(folder, "ca")
        .issue("tor-1", new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    Server server =
        Grpc.newServerBuilderForPort(
                0,
                TlsServerCredentials.create(
                    folder.resolve("tor-1.pem").toFile(), folder.resolve("tor-1.key").toFile()))
            .addService(ServerInterceptors.intercept(tor.gnmi(), new GnmiLogin(USER, PASSWORD)))
            .build()
            .start();
    opened.push(() -> {
      var unused = server.shutdownNow();
    });
    return server.getPort();
  }

  /**
   * Names at the top of a value have their module before them, and so have identities of others.
   */
  @Test
  void saysItInTheWordsOfOpenConfig() {
    VlanEdit edit =
        new VlanEdit(
            new TreeMap<>(),
            new TreeSet<>(Set.of(100)),
            new TreeMap<>(Map.of("red", new EvpnInstance("red", 100, 10100, "65000:10100"))),
            new TreeSet<>(Set.of("gone")));
    SetRequest.Builder set = SetRequest.newBuilder();
    GnmiVlans.put(set, "default", edit);
    assertEquals(0, set.getUpdateCount());
    assertEquals(2, set.getDeleteCount());
    assertEquals(GnmiVlans.path("gone").build(), set.getDelete(1));
    assertEquals(GnmiVlans.path("red").build(), set.getReplace(0).getPath());
    assertEquals(
        Json.read(
            """
            {"openconfig-network-instance:name": "red",
             "openconfig-network-instance:config":
               {"name": "red", "type": "openconfig-network-instance-types:L2VSI", "enabled": true},
             "openconfig-network-instance:vlans": {"vlan": [
               {"vlan-id": 100, "config": {"vlan-id": 100, "name": "red", "status": "ACTIVE"}}]},
             "openconfig-network-instance:evpn": {"evpn-instances": {"evpn-instance": [
               {"evi": "10100",
                "config": {"evi": "10100",
                  "encapsulation-type": "openconfig-network-instance-types:VXLAN",
                  "service-type": "openconfig-evpn-types:VLAN_BASED"},
                "import-export-policy": {"config": {
                  "export-route-target": ["65000:10100"], "import-route-target": ["65000:10100"]}},
                "vxlan": {"config": {"vni": 10100}}}]}}}
            """,
            JsonNode.class),
        GnmiVlans.json(set.getReplace(0)));
  }

  private static GetResponse answer(Path prefix, Path path, String json) {
    GetResponse.Builder answer = GetResponse.newBuilder();
    answer
        .addNotificationBuilder()
        .setPrefix(prefix)
        .addUpdateBuilder()
        .setPath(path)
        .getValBuilder()
        .setJsonIetfVal(ByteString.copyFromUtf8(json));
    return answer.build();
  }

  private static Map<String, EvpnReading> readings(GetResponse answer) {
    return GnmiEvpn.readings("switch tor-1", answer, Set.of("patchbay-red"));
  }

  /** As of a switch that tells of more than it was asked for. */
  @Test
  void whatIsSomebodyElsesIsNoneOfItsBusiness() {
    String json = "{\"vlans\": {\"vlan\": [{\"vlan-id\": 105}]}}";
    GetResponse answer =
        answer(Path.getDefaultInstance(), GnmiVlans.path("tenant").build(), json).toBuilder()
            .mergeFrom(
                answer(Path.getDefaultInstance(), GnmiVlans.path("patchbay-red").build(), json))
            .build();
    assertEquals(Set.of("patchbay-red"), readings(answer).keySet());
  }

  /** The prefix of an answer may hold part of a path, or all of it (gNMI 2.4.1). */
  @Test
  void theNameIsInThePrefixInThePathOrInTheValue() {
    Path none = Path.getDefaultInstance();
    Path whole = GnmiVlans.path("patchbay-red").build();
    Path list = Path.newBuilder().addElem(whole.getElem(0)).build();
    Path entry = Path.newBuilder().addElem(whole.getElem(1)).build();
    String json = "{\"config\": {\"type\": \"L2VSI\"}}";
    String named = "{\"openconfig-network-instance:name\": \"patchbay-red\"}";
    for (GetResponse answer :
        List.of(
            answer(none, whole, json),
            answer(whole, none, json),
            answer(list, entry, json),
            answer(none, none, named))) {
      assertEquals(Set.of("patchbay-red"), readings(answer).keySet(), answer::toString);
    }
    Failure failure = assertThrows(Failure.class, () -> readings(answer(none, none, json)));
    assertEquals(Failure.Kind.INTERNAL, failure.kind());
    assertTrue(
        failure.getMessage().contains("switch tor-1 answers of no network-instance"),
        failure::toString);
  }
}
