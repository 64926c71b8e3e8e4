package io.patchbay.torshims.gnmi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.PathElem;
import io.patchbay.api.gnmi.ScalarArray;
import io.patchbay.api.gnmi.TypedValue;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortItem;
import io.patchbay.torshims.WantedPorts;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the driver makes of what a switch tells on the stream of its ports' configuration. */
class GnmiChangesTest {
  private static final GnmiPort WORDS = new GnmiPort(Set.of());
  private static final String PORT = "Ethernet1";
  private static final String MTU = new PortItem(PORT, PortItem.Aspect.MTU).key();
  private static final String TRUNK =
      "{\"openconfig-vlan:interface-mode\":\"TRUNK\",\"openconfig-vlan:trunk-vlans\":[100]}";
  private static final String BY_HAND = TRUNK.replace("100", "100,999");

  private final WantedPorts wanted = new WantedPorts();
  private final AtomicInteger told = new AtomicInteger();
  private GnmiChanges changes = changes();

  private GnmiChanges changes() {
    return new GnmiChanges(WORDS, wanted, wanted.keys(), told::incrementAndGet);
  }

  private static PortConfig trunk(Integer... vlans) {
    return new PortConfig.Trunk(new TreeSet<>(List.of(vlans)), OptionalInt.empty());
  }

  private void want(Integer... vlans) {
    wanted.put(Map.of(PORT, trunk(vlans)));
  }

  private static TypedValue json(String text) {
    return TypedValue.newBuilder().setJsonIetfVal(ByteString.copyFromUtf8(text)).build();
  }

  private static TypedValue text(String text) {
    return TypedValue.newBuilder().setStringVal(text).build();
  }

  private static TypedValue vlans(int... vlans) {
    ScalarArray.Builder all = ScalarArray.newBuilder();
    for (int vlan : vlans) {
      all.addElementBuilder().setUintVal(vlan);
    }
    return TypedValue.newBuilder().setLeaflistVal(all).build();
  }

  private static Path leaf(String name) {
    Path.Builder path = WORDS.path(PORT).toBuilder();
    path.addElemBuilder().setName(name);
    return path.build();
  }

  private static Notification.Builder update(Path path, TypedValue value) {
    Notification.Builder news = Notification.newBuilder();
    news.addUpdateBuilder().setPath(path).setVal(value);
    return news;
  }

  private int toldOf(Notification.Builder news) {
    changes.hear(news.build(), true);
    return told.get();
  }

  private int begin(Notification.Builder... all) {
    changes = changes();
    for (Notification.Builder news : all) {
      changes.hear(news.build(), false);
    }
    assertEquals(0, told.get(), "it is not in step yet");
    changes.inStep();
    return told.get();
  }

  @Test
  void whatIsAsWantedSaysNothingNorDoesOurOwnChange() {
    want(100);
    assertEquals(0, begin(update(WORDS.path(PORT), json(TRUNK))));
    want(100, 999);
    assertEquals(0, toldOf(update(WORDS.path(PORT), json(BY_HAND))));
  }

  /** The next connection comes to the port before the switch has told of the last one. */
  @Test
  void whatWeHaveDoneMayBeToldLateAndOnce() {
    want(100);
    assertEquals(0, begin(update(WORDS.path(PORT), json(TRUNK))));
    want(100, 999);
    want(200);
    assertEquals(0, toldOf(update(WORDS.path(PORT), json(BY_HAND))));
    assertEquals(0, toldOf(update(WORDS.path(PORT), json(TRUNK.replace("100", "200")))));
    assertEquals(1, toldOf(update(WORDS.path(PORT), json(BY_HAND))));
  }

  @Test
  void whatIsOtherIsTold() {
    want(100);
    assertEquals(0, begin(update(WORDS.path(PORT), json(TRUNK))));
    assertEquals(1, toldOf(update(WORDS.path(PORT), json(BY_HAND))));
  }

  @Test
  void whatWasOtherBeforeTheStreamBeganIsTold() {
    want(100);
    assertEquals(1, begin(update(WORDS.path(PORT), json(BY_HAND))));
  }

  /** It cannot be a change of ours that is told late: the stream was not there to tell it. */
  @Test
  void whatWasWantedEarlierIsOtherWhereAStreamBegins() {
    want(100);
    want(200);
    assertEquals(1, begin(update(WORDS.path(PORT), json(TRUNK))));
  }

  @Test
  void whatIsNotThereIsTold() {
    want(100);
    assertEquals(1, begin());
  }

  @Test
  void whatIsTakenAwayIsTold() {
    want(100);
    assertEquals(0, begin(update(WORDS.path(PORT), json(TRUNK))));
    assertEquals(1, toldOf(Notification.newBuilder().addDelete(WORDS.path(PORT))));
  }

  /** As many switches tell it, whatever was asked for. */
  @Test
  void leafByLeafIsUnderstoodToo() {
    want(100);
    assertEquals(
        0,
        begin(
            update(leaf("interface-mode"), text("TRUNK")),
            update(leaf("openconfig-vlan:trunk-vlans"), vlans(100))));
    want(100, 200);
    assertEquals(0, toldOf(update(leaf("trunk-vlans"), vlans(100, 200))));
    assertEquals(1, toldOf(update(leaf("trunk-vlans"), json("[100]"))));
    assertEquals(1, toldOf(update(leaf("trunk-vlans"), json("[100,200]"))));
    assertEquals(2, toldOf(Notification.newBuilder().addDelete(leaf("trunk-vlans"))));
  }

  @Test
  void aPrefixCountsAndDeletesComeFirst() {
    want(100);
    assertEquals(0, begin(update(WORDS.path(PORT), json(TRUNK))));
    Path whole = WORDS.path(PORT);
    Path.Builder prefix = Path.newBuilder().setTarget("tor-1");
    Path.Builder rest = Path.newBuilder();
    for (int i = 0; i < whole.getElemCount(); i++) {
      (i < 2 ? prefix : rest).addElem(whole.getElem(i));
    }
    Notification.Builder news = update(rest.build(), json(TRUNK)).setPrefix(prefix);
    assertEquals(0, toldOf(news.addDelete(rest)));
  }

  @Test
  void eachItemIsComparedForItself() {
    wanted.put(Map.of(PORT, trunk(100), MTU, new PortConfig.Leaf("9000")));
    assertEquals(
        0, begin(update(WORDS.path(PORT), json(TRUNK)), update(WORDS.path(MTU), json("9000"))));
    assertEquals(1, toldOf(update(WORDS.path(MTU), json("1500"))));
  }

  // ---- what is bound ----

  private static final String ACL = new PortItem(PORT, PortItem.Aspect.ACL_IN).key();
  private static final String QOS = new PortItem(PORT, PortItem.Aspect.QOS_OUT).key();

  private static Path acl(String name, String... below) {
    Path.Builder path = WORDS.followed(ACL).toBuilder();
    path.getElemBuilder(4).putKey("set-name", name).putKey("type", "ACL_IPV4");
    path.removeElem(5);
    for (String each : below) {
      path.addElemBuilder().setName(each);
    }
    return path.build();
  }

  private static TypedValue boundAcl(String name) {
    return json("{\"set-name\":\"%s\",\"type\":\"openconfig-acl:ACL_IPV4\"}".formatted(name));
  }

  private void wantAcl() {
    wanted.put(Map.of(ACL, new PortConfig.AclSet("web", "ACL_IPV4")));
  }

  @Test
  void whatIsBoundIsFollowedWithoutWhatIsCounted() {
    Path.Builder policy = Path.newBuilder();
    policy.addElemBuilder().setName("qos");
    policy.addElemBuilder().setName("interfaces");
    policy.addElemBuilder().setName("interface").putKey("interface-id", PORT);
    policy.addElemBuilder().setName("output");
    policy.addElemBuilder().setName("scheduler-policy");
    policy.addElemBuilder().setName("config");
    assertEquals(policy.build(), WORDS.followed(QOS));
    List<String> names = WORDS.followed(ACL).getElemList().stream().map(PathElem::getName).toList();
    assertEquals("config", names.getLast());
    assertEquals(Map.of("set-name", "*", "type", "*"), WORDS.followed(ACL).getElem(4).getKeyMap());
  }

  @Test
  void anAclIsComparedByItsEntry() {
    wantAcl();
    assertEquals(0, begin(update(acl("web", "config"), boundAcl("web"))));
    assertEquals(1, toldOf(update(acl("mail", "config"), boundAcl("mail"))));
    assertEquals(1, toldOf(Notification.newBuilder().addDelete(acl("mail"))));
    Notification.Builder leaves =
        Notification.newBuilder()
            .addDelete(acl("web", "config", "set-name"))
            .addDelete(acl("web", "config", "type"));
    assertEquals(2, toldOf(leaves));
    assertEquals(2, toldOf(update(acl("web", "config", "set-name"), text("web"))));
    assertEquals(3, toldOf(Notification.newBuilder().addDelete(WORDS.path(ACL))));
  }

  @Test
  void aPolicyIsComparedByItsNameInItsDirection() {
    wanted.put(Map.of(QOS, new PortConfig.Leaf("gold")));
    assertEquals(0, begin(update(WORDS.followed(QOS), json("{\"name\":\"gold\"}"))));
    assertEquals(1, toldOf(update(WORDS.followed(QOS), json("{\"name\":\"lead\"}"))));
  }

  /** A switch that goes on counting would otherwise have its ports looked at without end. */
  @Test
  void whatIsCountedSaysNothing() {
    wantAcl();
    assertEquals(0, begin(update(acl("web", "config"), boundAcl("web"))));
    TypedValue packets = json("{\"openconfig-acl:state\":{\"matched-packets\":\"17\"}}");
    assertEquals(0, toldOf(update(acl("web", "state", "matched-packets"), text("17"))));
    assertEquals(
        0, toldOf(Notification.newBuilder().addDelete(acl("web", "openconfig-acl:state"))));
    assertEquals(0, toldOf(update(acl("web"), packets)));
  }

  /** The stream is yet to be begun anew without it. */
  @Test
  void whatWasGivenBackSaysNothing() {
    want(100);
    assertEquals(0, begin(update(WORDS.path(PORT), json(TRUNK))));
    wanted.put(Map.of(PORT, new PortConfig.Raw("{}")));
    assertEquals(0, toldOf(update(WORDS.path(PORT), json(BY_HAND))));
  }

  @Test
  void whatIsNotUnderstoodIsTold() {
    want(100);
    assertEquals(0, begin(update(WORDS.path(PORT), json(TRUNK))));
    Path interfaces = Path.newBuilder().addElem(WORDS.path(PORT).getElem(0)).build();
    assertEquals(1, toldOf(Notification.newBuilder().addDelete(interfaces)));
    assertEquals(2, toldOf(update(WORDS.path(PORT), json("no JSON"))));
    assertEquals(3, toldOf(update(WORDS.path(PORT), json("17"))));
    TypedValue ascii = TypedValue.newBuilder().setAsciiVal("mode trunk").build();
    assertEquals(4, toldOf(update(WORDS.path(PORT), ascii)));
  }
}
