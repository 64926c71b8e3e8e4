package io.patchbay.hwsim.gnmi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.gnmi.CapabilityRequest;
import io.patchbay.api.gnmi.Encoding;
import io.patchbay.api.gnmi.GetRequest;
import io.patchbay.api.gnmi.ModelData;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.PathElem;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.TypedValue;
import io.patchbay.api.gnmi.Update;
import io.patchbay.api.gnmi.gNMIGrpc;
import io.patchbay.api.gnmi.gNMIGrpc.gNMIBlockingStub;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Json;
import io.patchbay.base.Stack;
import io.patchbay.base.Url;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.netconf.Capability;
import io.patchbay.hwsim.tor.OptionalModel;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** ACLs and scheduler policies by gNMI: lists with two keys, identities, references. */
@Timeout(60)
class GnmiPoliciesTest {
  private static final String SET = "acl/acl-sets/acl-set[name=web][type=ACL_IPV4]";
  private static final String WEB =
      """
      {"openconfig-acl:config": {"name": "web", "type": "openconfig-acl:ACL_IPV4"},
       "openconfig-acl:acl-entries": {"acl-entry": [
         {"sequence-id": 10, "config": {"sequence-id": 10},
          "ipv4": {"config": {"protocol": "openconfig-packet-match-types:IP_UDP"}},
          "transport": {"config": {"destination-port": 53, "source-port": "1024..65535"}},
          "actions": {"config": {"forwarding-action": "DROP"}}}]}}
      """;
  private static final String PORT = "acl/interfaces/interface[id=Ethernet1]";
  private static final String BINDING =
      PORT + "/ingress-acl-sets/ingress-acl-set[set-name=web][type=openconfig-acl:ACL_IPV4]";
  private static final String BOUND =
      """
      {"openconfig-acl:config": {"id": "Ethernet1"},
       "openconfig-acl:ingress-acl-sets": {"ingress-acl-set": [
         {"set-name": "web", "type": "ACL_IPV4",
          "config": {"set-name": "web", "type": "ACL_IPV4"}}]}}
      """;
  private static final String POLICY = "qos/scheduler-policies/scheduler-policy[name=slow]";
  private static final String SLOW =
      """
      {"openconfig-qos:config": {"name": "slow"},
       "openconfig-qos:schedulers": {"scheduler": [
         {"sequence": 1, "config": {"sequence": 1, "type": "openconfig-qos-types:ONE_RATE_TWO_COLOR"},
          "one-rate-two-color": {"config": {"cir": "10000000", "bc": 4000},
                                 "exceed-action": {"config": {"drop": true}}}}]}}
      """;
  private static final String RATE = "qos/interfaces/interface[interface-id=Ethernet1]";
  private static final String LIMITED =
      """
      {"openconfig-qos:config": {"interface-id": "Ethernet1"},
       "openconfig-qos:input": {"scheduler-policy": {"config": {"name": "slow"}},
         "classifiers": {"classifier": [
           {"type": "IPV4", "config": {"type": "IPV4", "name": "none"}}]}}}
      """;
  private static final Pattern ELEM = Pattern.compile("([^\\[]+)((?:\\[[^]]*])*)");
  private static final Pattern KEY = Pattern.compile("\\[([^=]+)=([^]]*)]");

  @TempDir java.nio.file.Path folder;
  private final Stack opened = new Stack();
  private SimulatedSwitch tor;
  private String factory;
  private Channels channels;

  @BeforeEach
  void start() {
    channels = opened.push(new Channels());
    tor = start("all", Set.of(OptionalModel.values()));
    factory = tor.runningConfig();
  }

  private SimulatedSwitch start(String socket, Set<OptionalModel> models) {
    SwitchDescription all =
        new SwitchDescription(
            "tor-1",
            List.of(Port.bare("Ethernet1")),
            Access.byPassword("unused", "unused"),
            Capability.WITH_CANDIDATE,
            false);
    SimulatedSwitch started =
        opened.push(SimulatedSwitch.start(all.knowing(models), new FakeTime()));
    opened.push(GrpcServer.start(List.of(url(socket)), List.of(started.gnmi())));
    return started;
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private Url url(String socket) {
    return Url.parse("unix://" + folder.resolve(socket + ".sock"));
  }

  private gNMIBlockingStub stub(String socket) {
    return gNMIGrpc
        .newBlockingStub(channels.to(url(socket)))
        .withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private static Path path(String text) {
    Path.Builder path = Path.newBuilder();
    Matcher parts = Pattern.compile("(?:[^/\\[]|\\[[^]]*])+").matcher(text);
    while (parts.find()) {
      Matcher part = ELEM.matcher(parts.group());
      assertTrue(part.matches(), parts.group());
      PathElem.Builder elem = PathElem.newBuilder().setName(part.group(1));
      KEY.matcher(part.group(2)).results().forEach(key -> elem.putKey(key.group(1), key.group(2)));
      path.addElem(elem);
    }
    return path.build();
  }

  private static Update update(String path, String json) {
    return Update.newBuilder()
        .setPath(path(path))
        .setVal(TypedValue.newBuilder().setJsonIetfVal(ByteString.copyFromUtf8(json)))
        .build();
  }

  private Object get(String path) {
    return Json.read(
        stub("all")
            .get(
                GetRequest.newBuilder()
                    .addPath(path(path))
                    .setType(GetRequest.DataType.CONFIG)
                    .setEncoding(Encoding.JSON_IETF)
                    .build())
            .getNotification(0)
            .getUpdate(0)
            .getVal()
            .getJsonIetfVal()
            .toStringUtf8(),
        Object.class);
  }

  private void refused(String code, SetRequest.Builder request, String words) {
    String before = tor.runningConfig();
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> stub("all").set(request.build()));
    assertEquals(code, e.getStatus().getCode().name(), e.getMessage());
    assertTrue(e.getMessage().contains(words), e.getMessage());
    assertEquals(before, tor.runningConfig());
  }

  @Test
  void whatIsSetIsReadBackAsJsonIetf() {
    var unused =
        stub("all")
            .set(
                SetRequest.newBuilder()
                    .addReplace(update(PORT, BOUND))
                    .addReplace(update(SET, WEB))
                    .addUpdate(update(RATE, LIMITED))
                    .addUpdate(update(POLICY, SLOW))
                    .build());
    assertEquals(
        Map.of(
            "openconfig-acl:set-name",
            "web",
            "openconfig-acl:type",
            "openconfig-acl:ACL_IPV4",
            "openconfig-acl:config",
            Map.of("set-name", "web", "type", "openconfig-acl:ACL_IPV4")),
        get(BINDING));
    assertEquals(
        Map.of("openconfig-acl:protocol", "openconfig-packet-match-types:IP_UDP"),
        get(SET + "/acl-entries/acl-entry[sequence-id=10]/ipv4/config"));
    assertEquals(
        Map.of("openconfig-acl:destination-port", 53, "openconfig-acl:source-port", "1024..65535"),
        get(SET + "/acl-entries/acl-entry[sequence-id=10]/transport/config"));
    assertEquals(
        Map.of("openconfig-qos:cir", "10000000", "openconfig-qos:bc", 4000),
        get(POLICY + "/schedulers/scheduler[sequence=1]/one-rate-two-color/config"));
    assertEquals("slow", get(RATE + "/input/scheduler-policy/config/name"));
    unused =
        stub("all")
            .set(
                SetRequest.newBuilder()
                    .addDelete(path(BINDING))
                    .addDelete(path(SET))
                    .addDelete(path(RATE + "/input"))
                    .addDelete(path(POLICY))
                    .build());
    assertEquals(
        Map.of(
            "openconfig-acl:id", "Ethernet1", "openconfig-acl:config", Map.of("id", "Ethernet1")),
        get(PORT));
    unused =
        stub("all")
            .set(SetRequest.newBuilder().addDelete(path("acl")).addDelete(path("qos")).build());
    assertEquals(factory, tor.runningConfig());
  }

  @Test
  void deletingBelowWhatIsNotThereMakesNothing() {
    var unused = stub("all").set(SetRequest.newBuilder().addDelete(path(BINDING)).build());
    assertEquals(factory, tor.runningConfig());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "acl/acl-sets/acl-set[name=web] | INVALID_ARGUMENT | told by its name and type",
        "acl/acl-sets/acl-set[type=ACL_IPV4] | INVALID_ARGUMENT | told by its name and type",
        "acl/acl-sets/acl-set[name=web][kind=ACL_IPV4] | INVALID_ARGUMENT | name and type",
        "acl/acl-sets/acl-set[name=web][type=ACL_IPV4][id=1] | INVALID_ARGUMENT | name and type",
        "acl/acl-sets/acl-set[name=web][type=*] | INVALID_ARGUMENT | name and type",
        "acl/acl-sets/acl-set[name=web][type=ACL_IPV6] | INVALID_ARGUMENT | 'ACL_IPV6' is no"
            + " identity of openconfig-acl",
        "acl/acl-sets/acl-set[name=web][type=other:ACL_IPV4] | INVALID_ARGUMENT | no identity",
        "acl/acl-sets/acl-set[name=other][type=ACL_IPV4] | INVALID_ARGUMENT | config/name is 'web'",
        "acl/acl-sets[name=web] | INVALID_ARGUMENT | no list",
        "acl/sets | NOT_FOUND | no 'sets' in acl",
      })
  void aPathThatIsWrongIsRefused(String path, String code, String words) {
    refused(code, SetRequest.newBuilder().addReplace(update(path, WEB)), words);
  }

  @Test
  void anEntryCannotBeCalledOtherwiseThanItsPath() {
    refused(
        "INVALID_ARGUMENT",
        SetRequest.newBuilder()
            .addReplace(update(SET, WEB.replaceFirst("\\{", "{\"name\": \"other\","))),
        "cannot be called [other, oc-acl:ACL_IPV4]");
  }

  @Test
  void whatIsBoundMustBeThereAndStay() {
    refused(
        "INVALID_ARGUMENT", SetRequest.newBuilder().addReplace(update(PORT, BOUND)), "no ACL set");
    refused(
        "INVALID_ARGUMENT",
        SetRequest.newBuilder().addReplace(update(RATE, LIMITED)),
        "input/oc-qos:scheduler-policy/oc-qos:config/oc-qos:name: there is no scheduler policy"
            + " slow");
    var unused =
        stub("all")
            .set(
                SetRequest.newBuilder()
                    .addReplace(update(PORT, BOUND))
                    .addReplace(update(SET, WEB))
                    .build());
    refused("INVALID_ARGUMENT", SetRequest.newBuilder().addDelete(path(SET)), "no ACL set web");
    refused(
        "INVALID_ARGUMENT",
        SetRequest.newBuilder()
            .addReplace(
                update(
                    "acl/interfaces/interface[id=Ethernet9]",
                    BOUND.replace("Ethernet1", "Ethernet9"))),
        "no interface Ethernet9");
  }

  @Test
  void aSwitchMayKnowNeither() {
    start("plain", Set.of(OptionalModel.ACL));
    List<String> models =
        stub("plain")
            .capabilities(CapabilityRequest.getDefaultInstance())
            .getSupportedModelsList()
            .stream()
            .map(ModelData::getName)
            .toList();
    assertTrue(models.contains("openconfig-acl"), models.toString());
    assertFalse(models.contains("openconfig-qos"), models.toString());
    SetRequest slow = SetRequest.newBuilder().addReplace(update(POLICY, SLOW)).build();
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> stub("plain").set(slow));
    assertEquals("NOT_FOUND", e.getStatus().getCode().name());
  }
}
