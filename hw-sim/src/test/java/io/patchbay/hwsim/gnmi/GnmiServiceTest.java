package io.patchbay.hwsim.gnmi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.gnmi.CapabilityRequest;
import io.patchbay.api.gnmi.CapabilityResponse;
import io.patchbay.api.gnmi.Encoding;
import io.patchbay.api.gnmi.GetRequest;
import io.patchbay.api.gnmi.GetResponse;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.PathElem;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.SubscribeRequest;
import io.patchbay.api.gnmi.SubscribeResponse;
import io.patchbay.api.gnmi.SubscriptionList;
import io.patchbay.api.gnmi.SubscriptionMode;
import io.patchbay.api.gnmi.TypedValue;
import io.patchbay.api.gnmi.Update;
import io.patchbay.api.gnmi.gNMIGrpc;
import io.patchbay.api.gnmi.gNMIGrpc.gNMIBlockingStub;
import io.patchbay.api.gnmiext.Commit;
import io.patchbay.api.gnmiext.CommitCancel;
import io.patchbay.api.gnmiext.CommitConfirm;
import io.patchbay.api.gnmiext.CommitRequest;
import io.patchbay.api.gnmiext.Extension;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Json;
import io.patchbay.base.Stack;
import io.patchbay.base.Url;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.hwsim.tor.SwitchFaults;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What contracts/tor.md section 3 says of Get, Set, the commit extension and streams. */
@Timeout(60)
class GnmiServiceTest {
  @TempDir java.nio.file.Path folder;
  private final Stack opened = new Stack();
  private final FakeTime time = new FakeTime();
  private SimulatedSwitch tor;
  private Channels channels;
  private Url url;
  private String factory;

  @BeforeEach
  void start() {
    tor =
        opened.push(
            SimulatedSwitch.start(
                new SwitchDescription(
                    "tor-1",
                    List.of(
                        Port.bare("Ethernet1"),
                        new Port(
                            "Ethernet2",
                            "to node-1",
                            "TRUNK",
                            0,
                            7,
                            List.of("20..29", "40"),
                            false)),
                    Access.byPassword("unused", "unused")),
                time));
    factory = tor.runningConfig();
    url = Url.parse("unix://" + folder.resolve("gnmi.sock"));
    opened.push(GrpcServer.start(List.of(url), List.of(tor.gnmi())));
    channels = opened.push(new Channels());
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private gNMIBlockingStub stub() {
    return gNMIGrpc.newBlockingStub(channels.to(url)).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  /** {@code interfaces/interface[Ethernet1]/config}: one key, called name. */
  private static Path path(String text) {
    Path.Builder path = Path.newBuilder();
    for (String part : text.split("/", -1)) {
      int bracket = part.indexOf('[');
      PathElem.Builder elem =
          PathElem.newBuilder().setName(bracket < 0 ? part : part.substring(0, bracket));
      if (bracket >= 0) {
        elem.putKey("name", part.substring(bracket + 1, part.length() - 1));
      }
      path.addElem(elem);
    }
    return path.build();
  }

  private static Path vlans(String port) {
    return path("interfaces/interface[" + port + "]/ethernet/switched-vlan/config");
  }

  private Map<?, ?> get(Path path, GetRequest.DataType type) {
    String json =
        stub()
            .get(
                GetRequest.newBuilder()
                    .addPath(path)
                    .setType(type)
                    .setEncoding(Encoding.JSON_IETF)
                    .build())
            .getNotification(0)
            .getUpdate(0)
            .getVal()
            .getJsonIetfVal()
            .toStringUtf8();
    return Json.read(json, Map.class);
  }

  private static Update update(Path path, String json) {
    return Update.newBuilder()
        .setPath(path)
        .setVal(TypedValue.newBuilder().setJsonIetfVal(ByteString.copyFromUtf8(json)))
        .build();
  }

  private static SetRequest replace(String port, String json) {
    return SetRequest.newBuilder().addReplace(update(vlans(port), json)).build();
  }

  private static final String ACCESS =
      "{\"openconfig-vlan:interface-mode\": \"ACCESS\", \"openconfig-vlan:access-vlan\": 5}";

  private static Extension commit(Commit.Builder how, String id) {
    return Extension.newBuilder().setCommit(how.setId(id)).build();
  }

  private void refused(String code, SetRequest request) {
    String before = tor.runningConfig();
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> stub().set(request));
    assertEquals(code, e.getStatus().getCode().name(), e.getMessage());
    assertEquals(before, tor.runningConfig());
  }

  @Test
  void jsonNamesModulesWhereTheyChangeAndKnowsTypes() {
    assertEquals(
        Map.of(
            "openconfig-vlan:interface-mode",
            "TRUNK",
            "openconfig-vlan:native-vlan",
            7,
            "openconfig-vlan:trunk-vlans",
            List.of("20..29", 40)),
        sortedTrunks(get(vlans("Ethernet2"), GetRequest.DataType.CONFIG)));
    Map<?, ?> port = get(path("interfaces/interface[Ethernet2]"), GetRequest.DataType.CONFIG);
    assertEquals(
        Map.of(
            "name",
            "Ethernet2",
            "type",
            "iana-if-type:ethernetCsmacd",
            "enabled",
            true,
            "description",
            "to node-1"),
        port.get("openconfig-interfaces:config"));
    assertTrue(port.containsKey("openconfig-if-ethernet:ethernet"), port.toString());
    assertFalse(port.containsKey("openconfig-interfaces:state"), port.toString());
    Map<?, ?> all = get(path("interfaces/interface[Ethernet2]"), GetRequest.DataType.ALL);
    assertTrue(all.containsKey("openconfig-interfaces:state"), all.toString());
  }

  /** The device writes shorter keys first. */
  private static Map<?, ?> sortedTrunks(Map<?, ?> json) {
    Map<Object, Object> copy = new java.util.HashMap<>(json);
    copy.computeIfPresent(
        "openconfig-vlan:trunk-vlans",
        (name, list) ->
            ((List<?>) list)
                .stream().sorted((a, b) -> a.toString().compareTo(b.toString())).toList());
    return copy;
  }

  @Test
  void tellsWhatItKnows() {
    CapabilityResponse response = stub().capabilities(CapabilityRequest.getDefaultInstance());
    assertEquals("0.10.0", response.getGNMIVersion());
    assertEquals(List.of(Encoding.JSON_IETF), response.getSupportedEncodingsList());
    assertTrue(
        response.getSupportedModelsList().stream()
            .anyMatch(model -> model.getName().equals("openconfig-vlan")));
  }

  @Test
  void deletesComeFirstThenReplacesThenUpdates() {
    String update = "{\"openconfig-vlan:trunk-vlans\": [9]}";
    String trunk =
        "{\"openconfig-vlan:interface-mode\": \"TRUNK\", \"openconfig-vlan:trunk-vlans\": [8]}";
    var unused =
        stub()
            .set(
                SetRequest.newBuilder()
                    .addUpdate(update(vlans("Ethernet1"), update))
                    .addReplace(update(vlans("Ethernet1"), trunk))
                    .addDelete(vlans("Ethernet1"))
                    .build());
    assertEquals(
        Map.of(
            "openconfig-vlan:interface-mode", "TRUNK", "openconfig-vlan:trunk-vlans", List.of(9)),
        get(vlans("Ethernet1"), GetRequest.DataType.CONFIG));
  }

  @Test
  void aReplaceForgetsWhatItDoesNotMentionAndADeleteOfNothingIsSilent() {
    var unused = stub().set(replace("Ethernet2", ACCESS));
    assertEquals(
        Map.of("openconfig-vlan:interface-mode", "ACCESS", "openconfig-vlan:access-vlan", 5),
        get(vlans("Ethernet2"), GetRequest.DataType.CONFIG));
    unused = stub().set(SetRequest.newBuilder().addDelete(vlans("Ethernet1")).build());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "INVALID_ARGUMENT; {\"openconfig-vlan:access-vlan\": 4095}",
        "INVALID_ARGUMENT; {\"openconfig-vlan:interface-mode\": \"BOTH\"}",
        "INVALID_ARGUMENT; {\"openconfig-vlan:trunk-vlans\": 5}",
        "INVALID_ARGUMENT; [1]",
        "INVALID_ARGUMENT; {",
        "NOT_FOUND; {\"openconfig-vlan:vlans\": 5}",
        "NOT_FOUND; {\"other:access-vlan\": 5}"
      })
  void whatMakesNoSenseChangesNothing(String code, String json) {
    refused(
        code,
        SetRequest.newBuilder()
            .addReplace(update(vlans("Ethernet1"), ACCESS))
            .addReplace(update(vlans("Ethernet2"), json))
            .build());
  }

  @Test
  void stateAndStrangeEncodingsAreRefused() {
    refused(
        "INVALID_ARGUMENT",
        SetRequest.newBuilder().addDelete(path("interfaces/interface[Ethernet1]/state")).build());
    refused(
        "UNIMPLEMENTED",
        SetRequest.newBuilder()
            .addReplace(
                Update.newBuilder()
                    .setPath(vlans("Ethernet1"))
                    .setVal(TypedValue.newBuilder().setStringVal("ACCESS")))
            .build());
    refused("NOT_FOUND", SetRequest.newBuilder().addDelete(path("nowhere")).build());
  }

  @Test
  void aCommitIsUndoneUnlessItIsConfirmedUnderItsName() {
    SetRequest waiting =
        replace("Ethernet1", ACCESS).toBuilder()
            .addExtension(commit(Commit.newBuilder().setCommit(tenSeconds()), "mine"))
            .build();
    var unused = stub().set(waiting);
    refused("FAILED_PRECONDITION", replace("Ethernet2", ACCESS));
    SetRequest confirm =
        SetRequest.newBuilder()
            .addExtension(
                commit(Commit.newBuilder().setConfirm(CommitConfirm.getDefaultInstance()), "mine"))
            .build();
    SetRequest stranger =
        SetRequest.newBuilder()
            .addExtension(
                commit(Commit.newBuilder().setConfirm(CommitConfirm.getDefaultInstance()), "no"))
            .build();
    refused("INVALID_ARGUMENT", stranger);
    time.advance(Duration.ofSeconds(10));
    assertEquals(factory, tor.runningConfig());
    unused = stub().set(waiting);
    unused = stub().set(confirm);
    String confirmed = tor.runningConfig();
    time.advance(Duration.ofHours(1));
    assertEquals(confirmed, tor.runningConfig());
  }

  private static CommitRequest tenSeconds() {
    CommitRequest.Builder request = CommitRequest.newBuilder();
    request.getRollbackDurationBuilder().setSeconds(10);
    return request.build();
  }

  @Test
  void aCommitCanBeCancelled() {
    var unused =
        stub()
            .set(
                replace("Ethernet1", ACCESS).toBuilder()
                    .addExtension(commit(Commit.newBuilder().setCommit(tenSeconds()), "mine"))
                    .build());
    unused =
        stub()
            .set(
                SetRequest.newBuilder()
                    .addExtension(
                        commit(
                            Commit.newBuilder().setCancel(CommitCancel.getDefaultInstance()),
                            "mine"))
                    .build());
    assertEquals(factory, tor.runningConfig());
    unused = stub().set(replace("Ethernet1", ACCESS)); // nothing waits any more
  }

  @Test
  void aStreamTellsEverythingThenThatItIsInStepThenChanges() throws InterruptedException {
    BlockingQueue<SubscribeResponse> heard = new LinkedBlockingQueue<>();
    StreamObserver<SubscribeRequest> stream = subscribe(vlans("Ethernet2"), heard);
    assertTrue(next(heard).getUpdate().getUpdate(0).getVal().hasJsonIetfVal());
    assertTrue(next(heard).getSyncResponse());
    var unused = stub().set(replace("Ethernet1", ACCESS)); // nobody asked for that
    unused = stub().set(replace("Ethernet2", ACCESS));
    assertTrue(
        next(heard)
            .getUpdate()
            .getUpdate(0)
            .getVal()
            .getJsonIetfVal()
            .toStringUtf8()
            .contains("ACCESS"));
    unused = stub().set(SetRequest.newBuilder().addDelete(vlans("Ethernet2")).build());
    assertEquals(List.of(vlans("Ethernet2")), next(heard).getUpdate().getDeleteList());
    stream.onCompleted();
  }

  @Test
  void aStreamTellsOfLinksThatAreLostAndBack() throws InterruptedException {
    Cable cable = opened.push(new Cable("cable"));
    tor.attach("Ethernet1", cable.switchEnd());
    BlockingQueue<SubscribeResponse> heard = new LinkedBlockingQueue<>();
    StreamObserver<SubscribeRequest> stream =
        subscribe(path("interfaces/interface[Ethernet1]/state/oper-status"), heard);
    assertEquals("\"UP\"", told(next(heard)));
    assertTrue(next(heard).getSyncResponse());
    cable.unplug();
    assertEquals("\"DOWN\"", told(next(heard)));
    cable.plug();
    assertEquals("\"UP\"", told(next(heard)));
    stream.onCompleted();
  }

  @Test
  void aWildcardFollowsEntriesAsTheyComeAndGo() throws InterruptedException {
    BlockingQueue<SubscribeResponse> heard = new LinkedBlockingQueue<>();
    Path all = path("interfaces/interface[*]/ethernet/switched-vlan/config");
    var unused = stub().set(replace("Ethernet2", ACCESS));
    StreamObserver<SubscribeRequest> stream = subscribe(all, heard);
    List<Path> had = next(heard).getUpdate().getUpdateList().stream().map(Update::getPath).toList();
    assertTrue(had.contains(vlans("Ethernet2")), had + "");
    assertFalse(had.contains(all), had + "");
    assertTrue(next(heard).getSyncResponse());
    unused = stub().set(SetRequest.newBuilder().addDelete(vlans("Ethernet2")).build());
    assertEquals(List.of(vlans("Ethernet2")), next(heard).getUpdate().getDeleteList());
    unused = stub().set(replace("Ethernet2", ACCESS));
    assertEquals(vlans("Ethernet2"), next(heard).getUpdate().getUpdate(0).getPath());
    stream.onCompleted();
  }

  /** As often as is asked for, but not more than once a second. */
  @Test
  void aSampleIsToldEverySoOftenWhetherOrNotItHasChanged() throws InterruptedException {
    BlockingQueue<SubscribeResponse> heard = new LinkedBlockingQueue<>();
    StreamObserver<SubscribeRequest> stream = sampling(false, heard);
    assertTrue(told(next(heard)).contains("TRUNK"));
    assertTrue(next(heard).getSyncResponse());
    time.advance(Duration.ofSeconds(10));
    assertTrue(told(next(heard)).contains("TRUNK"));
    var unused = stub().set(replace("Ethernet2", ACCESS));
    time.advance(Duration.ofSeconds(9));
    time.advance(Duration.ofSeconds(1));
    assertTrue(told(next(heard)).contains("ACCESS"));
    assertEquals(List.of(), List.copyOf(heard));
    stream.onCompleted();
  }

  @Test
  void whatHasNotChangedIsLeftOutOfSamplesIfThatIsAskedFor() throws InterruptedException {
    BlockingQueue<SubscribeResponse> heard = new LinkedBlockingQueue<>();
    StreamObserver<SubscribeRequest> stream = sampling(true, heard);
    assertTrue(told(next(heard)).contains("TRUNK"));
    assertTrue(next(heard).getSyncResponse());
    time.advance(Duration.ofSeconds(10));
    var unused = stub().set(replace("Ethernet2", ACCESS));
    time.advance(Duration.ofSeconds(10));
    assertTrue(told(next(heard)).contains("ACCESS"));
    unused = stub().set(SetRequest.newBuilder().addDelete(vlans("Ethernet2")).build());
    time.advance(Duration.ofSeconds(10));
    assertEquals(List.of(vlans("Ethernet2")), next(heard).getUpdate().getDeleteList());
    stream.onCompleted();
  }

  @Test
  void aSwitchThatOnlySamplesRefusesToTellOfChanges() throws InterruptedException {
    tor.faults(new SwitchFaults(Duration.ZERO, false, true));
    BlockingQueue<Throwable> refused = new LinkedBlockingQueue<>();
    StreamObserver<SubscribeRequest> stream =
        gNMIGrpc
            .newStub(channels.to(url))
            .subscribe(
                new StreamObserver<>() {
                  @Override
                  public void onNext(SubscribeResponse response) {}

                  @Override
                  public void onError(Throwable problem) {
                    refused.add(problem);
                  }

                  @Override
                  public void onCompleted() {}
                });
    SubscriptionList.Builder list = SubscriptionList.newBuilder().setEncoding(Encoding.JSON_IETF);
    list.addSubscriptionBuilder().setPath(vlans("Ethernet2")).setMode(SubscriptionMode.ON_CHANGE);
    stream.onNext(SubscribeRequest.newBuilder().setSubscribe(list).build());
    Throwable why = refused.poll(30, TimeUnit.SECONDS);
    assertTrue(String.valueOf(why).contains("by SAMPLE only"), why + "");
    BlockingQueue<SubscribeResponse> heard = new LinkedBlockingQueue<>();
    sampling(true, heard).onCompleted();
    assertTrue(told(next(heard)).contains("TRUNK"));
  }

  private StreamObserver<SubscribeRequest> sampling(
      boolean suppressing, BlockingQueue<SubscribeResponse> heard) {
    SubscriptionList.Builder list = SubscriptionList.newBuilder().setEncoding(Encoding.JSON_IETF);
    list.addSubscriptionBuilder()
        .setPath(vlans("Ethernet2"))
        .setMode(SubscriptionMode.SAMPLE)
        .setSampleInterval(Duration.ofSeconds(10).toNanos())
        .setSuppressRedundant(suppressing);
    StreamObserver<SubscribeRequest> stream =
        gNMIGrpc.newStub(channels.to(url)).subscribe(into(heard));
    stream.onNext(SubscribeRequest.newBuilder().setSubscribe(list).build());
    return stream;
  }

  private StreamObserver<SubscribeRequest> subscribe(
      Path path, BlockingQueue<SubscribeResponse> heard) {
    StreamObserver<SubscribeRequest> stream =
        gNMIGrpc.newStub(channels.to(url)).subscribe(into(heard));
    SubscriptionList.Builder list = SubscriptionList.newBuilder().setEncoding(Encoding.JSON_IETF);
    list.addSubscriptionBuilder().setPath(path).setMode(SubscriptionMode.ON_CHANGE);
    stream.onNext(SubscribeRequest.newBuilder().setSubscribe(list).build());
    return stream;
  }

  private static String told(SubscribeResponse response) {
    return response.getUpdate().getUpdate(0).getVal().getJsonIetfVal().toStringUtf8();
  }

  private static SubscribeResponse next(BlockingQueue<SubscribeResponse> heard)
      throws InterruptedException {
    SubscribeResponse response = heard.poll(30, TimeUnit.SECONDS);
    return java.util.Objects.requireNonNull(response, "nothing more was told");
  }

  private static StreamObserver<SubscribeResponse> into(BlockingQueue<SubscribeResponse> heard) {
    return new StreamObserver<>() {
      @Override
      public void onNext(SubscribeResponse response) {
        heard.add(response);
      }

      @Override
      public void onError(Throwable problem) {}

      @Override
      public void onCompleted() {}
    };
  }

  @Test
  void aWildcardAsksForAllThatAreThere() {
    GetResponse response =
        stub()
            .get(
                GetRequest.newBuilder()
                    .addPath(path("interfaces/interface[*]/config/name"))
                    .setEncoding(Encoding.JSON_IETF)
                    .build());
    assertEquals(
        List.of(
            path("interfaces/interface[Ethernet1]/config/name"),
            path("interfaces/interface[Ethernet2]/config/name")),
        response.getNotification(0).getUpdateList().stream().map(Update::getPath).toList());
  }
}
