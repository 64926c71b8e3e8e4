package io.patchbay.hwsim.tor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.stub.StreamObserver;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.PathElem;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.SetResponse;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.netconf.Capability;
import io.patchbay.hwsim.netconf.NetconfClient;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a switch tells by NETCONF of changes of its configuration (RFC 5277, RFC 6470). */
@Timeout(30)
class NotificationsTest {
  private static final String SUBSCRIPTION =
      "<create-subscription xmlns='urn:ietf:params:xml:ns:netconf:notification:1.0'>"
          + "<stream>NETCONF</stream>%s</create-subscription>";
  private static final String SUBSCRIBE = SUBSCRIPTION.formatted("");
  private static final String BY_EVENT =
      "<filter type='subtree'><%s xmlns='urn:ietf:params:xml:ns:yang:ietf-netconf-notifications'/>"
          + "</filter>";
  private static final String OK = "<ok/>";
  private static final String SAVE =
      "<copy-config><target><startup/></target><source><running/></source></copy-config>";
  private static final String VLAN_OF_ETHERNET2 =
      "/oc-if:interfaces/oc-if:interface[oc-if:name='Ethernet2']/oc-eth:ethernet"
          + "/oc-vlan:switched-vlan/oc-vlan:config/oc-vlan:access-vlan";

  private final FakeTime time = new FakeTime();
  private final Stack opened = new Stack();
  private SimulatedSwitch tor = start(Capability.WITH_CANDIDATE);

  private SimulatedSwitch start(Set<Capability> capabilities) {
    return opened.push(
        SimulatedSwitch.start(
            new SwitchDescription(
                "tor-1",
                List.of(Port.bare("Ethernet1"), Port.access("Ethernet2", 10)),
                Access.byPassword("admin", "secret"),
                capabilities),
            time));
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private NetconfClient connect() throws IOException {
    return opened.push(NetconfClient.connect(tor.netconfAddress(), tor.hostKey(), "1.1"));
  }

  private NetconfClient subscriber() throws IOException {
    NetconfClient client = connect();
    assertOk(client.rpc(SUBSCRIBE));
    return client;
  }

  private static void assertOk(String reply) {
    assertTrue(reply.contains(OK), reply);
  }

  private static void edit(NetconfClient client, int vlan) throws IOException {
    assertOk(
        client.rpc(
            ("<edit-config><target><candidate/></target><config>"
                    + "<interfaces xmlns='http://openconfig.net/yang/interfaces'><interface>"
                    + "<name>Ethernet2</name>"
                    + "<ethernet xmlns='http://openconfig.net/yang/interfaces/ethernet'>"
                    + "<switched-vlan xmlns='http://openconfig.net/yang/vlan'><config>"
                    + "<access-vlan>%d</access-vlan></config></switched-vlan></ethernet>"
                    + "</interface></interfaces></config></edit-config>")
                .formatted(vlan)));
  }

  private static void assertTells(String notification, String... parts) {
    for (String part : parts) {
      assertTrue(notification.contains(part), notification);
    }
  }

  @Test
  void tellsWhatAnotherSessionHasCommittedAndWhoThatWas() throws IOException {
    NetconfClient subscriber = subscriber();
    assertTells(subscriber.hello(), "capability:notification:1.0", "capability:interleave:1.0");
    NetconfClient other = connect();
    edit(other, 20);
    assertOk(other.rpc("<commit/>"));
    assertTells(
        subscriber.read(),
        "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">",
        "<eventTime>",
        "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications",
        "<username>admin</username>",
        "<session-id>" + other.id() + "</session-id>",
        "<datastore>running</datastore>",
        " xmlns:oc-if=\"http://openconfig.net/yang/interfaces\"",
        ">" + VLAN_OF_ETHERNET2 + "</target>",
        "<operation>replace</operation>");
    assertTells(subscriber.rpc("<get/>"), "Ethernet2");
  }

  @Test
  void tellsWhatTheSwitchTakesBackByItself() throws IOException {
    NetconfClient other = connect();
    edit(other, 20);
    assertOk(other.rpc("<commit><confirmed/><confirm-timeout>30</confirm-timeout></commit>"));
    NetconfClient subscriber = subscriber();
    time.advance(Duration.ofSeconds(31));
    String told = subscriber.read();
    assertTells(told, "<server/>", VLAN_OF_ETHERNET2);
    assertFalse(told.contains("session-id"), told);
  }

  /** That nothing is different there is no news. */
  @Test
  void tellsWhatIsSaved() throws IOException {
    Set<Capability> more = EnumSet.copyOf(Capability.WITH_CANDIDATE);
    more.add(Capability.STARTUP);
    tor = start(more);
    NetconfClient subscriber = subscriber();
    NetconfClient other = connect();
    edit(other, 20);
    assertOk(other.rpc("<commit/>"));
    assertTells(subscriber.read(), "<datastore>running</datastore>");
    assertOk(other.rpc(SAVE));
    assertTells(
        subscriber.read(),
        "<session-id>" + other.id() + "</session-id>",
        "<datastore>startup</datastore>",
        ">" + VLAN_OF_ETHERNET2 + "</target>");
    assertOk(other.rpc(SAVE));
    edit(other, 30);
    assertOk(other.rpc("<commit/>"));
    assertTells(subscriber.read(), "<datastore>running</datastore>");
  }

  /** Nothing is told of a commit that changes nothing, nor of an edit of the candidate. */
  @Test
  void tellsWhatCameByAnotherProtocol() throws IOException {
    NetconfClient subscriber = subscriber();
    NetconfClient other = connect();
    assertOk(other.rpc("<commit/>"));
    edit(other, 20);
    assertOk(other.rpc("<discard-changes/>"));
    Path vlans =
        Path.newBuilder()
            .addElem(PathElem.newBuilder().setName("interfaces"))
            .addElem(PathElem.newBuilder().setName("interface").putKey("name", "Ethernet2"))
            .addElem(PathElem.newBuilder().setName("ethernet"))
            .build();
    tor.gnmi().set(SetRequest.newBuilder().addDelete(vlans).build(), nobody());
    assertTells(
        subscriber.read(),
        "<session-id>0</session-id>",
        "interface[oc-if:name='Ethernet2']",
        "<operation>delete</operation>");
  }

  private static StreamObserver<SetResponse> nobody() {
    return new StreamObserver<>() {
      @Override
      public void onNext(SetResponse response) {}

      @Override
      public void onError(Throwable problem) {
        throw new AssertionError(problem);
      }

      @Override
      public void onCompleted() {}
    };
  }

  @Test
  void aFilterNamesTheEventsThatPass() throws IOException {
    NetconfClient subscriber = connect();
    assertOk(subscriber.rpc(SUBSCRIPTION.formatted(BY_EVENT.formatted("netconf-config-change"))));
    NetconfClient deaf = connect();
    assertOk(deaf.rpc(SUBSCRIPTION.formatted(BY_EVENT.formatted("netconf-session-start"))));
    NetconfClient other = connect();
    edit(other, 20);
    assertOk(other.rpc("<commit/>"));
    assertTells(subscriber.read(), VLAN_OF_ETHERNET2);
    edit(deaf, 30);
    assertOk(deaf.rpc("<commit/>"));
  }

  @Test
  void aSwitchThatDoesNotOfferItRefuses() throws IOException {
    Set<Capability> fewer = EnumSet.copyOf(Capability.WITH_CANDIDATE);
    fewer.remove(Capability.NOTIFICATION);
    fewer.remove(Capability.INTERLEAVE);
    tor = start(fewer);
    NetconfClient client = connect();
    assertFalse(client.hello().contains("notification:1.0"), client.hello());
    assertTells(client.rpc(SUBSCRIBE), "<error-tag>operation-not-supported</error-tag>");
    assertTells(client.rpc("<get/>"), "Ethernet2");
  }

  @Test
  void withoutInterleaveASubscriberCanOnlyLeave() throws IOException {
    Set<Capability> fewer = EnumSet.copyOf(Capability.WITH_CANDIDATE);
    fewer.remove(Capability.INTERLEAVE);
    tor = start(fewer);
    NetconfClient client = subscriber();
    assertTells(client.rpc("<get/>"), "<error-tag>operation-failed</error-tag>");
    assertOk(client.rpc("<close-session/>"));
    assertEquals(2, client.hello().split("notification:1.0", -1).length);
  }

  @Test
  void aSessionSubscribesOnceAndOnlyToTheStreamThereIs() throws IOException {
    NetconfClient client = connect();
    assertTells(
        client.rpc(SUBSCRIBE.replace("NETCONF", "weather")),
        "<error-tag>invalid-value</error-tag>");
    assertOk(client.rpc(SUBSCRIBE));
    assertTells(client.rpc(SUBSCRIBE), "<error-tag>operation-failed</error-tag>");
  }
}
