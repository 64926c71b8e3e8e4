package io.patchbay.hwsim.tor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.patchbay.base.FakeTime;
import io.patchbay.hwsim.frame.Frame;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.netconf.Capability;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.linux.MacAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What ACLs and policers of a configuration do to frames. */
class PortPoliciesTest {
  private static final Map<String, String> PARTS =
      Map.of(
          "source-mac", "l2",
          "source-mac-mask", "l2",
          "destination-mac", "l2",
          "destination-mac-mask", "l2",
          "ethertype", "l2",
          "source-address", "ipv4",
          "destination-address", "ipv4",
          "protocol", "ipv4",
          "source-port", "transport",
          "destination-port", "transport");
  private static final int TCP = 6;
  private static final int UDP = 17;

  private final FakeTime time = new FakeTime();
  private final MacTable stations = new MacTable(time);
  private final Forwarding forwarding = new Forwarding(List.of("one", "two"), stations, time);
  private final Probe one = new Probe();
  private final Probe two = new Probe();

  @BeforeEach
  void attach() {
    one.receiver(frame -> forwarding.receive("one", frame));
    two.receiver(frame -> forwarding.receive("two", frame));
    forwarding.attach("one", one);
    forwarding.attach("two", two);
  }

  /** Entries are divided by semicolons; each says its number, its action and what it asks. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // the first entry by number decides, what none matches is dropped
        "ACL_IPV4 | 10 ACCEPT | tcp 10.0.0.1 10.0.0.2 5000 80 | passes",
        "ACL_IPV4 | | tcp 10.0.0.1 10.0.0.2 5000 80 | dropped",
        "ACL_IPV4 | 10 ACCEPT protocol=17 | tcp 10.0.0.1 10.0.0.2 5000 80 | dropped",
        "ACL_IPV4 | 100 ACCEPT; 20 DROP protocol=6 | tcp 10.0.0.1 10.0.0.2 5000 80 | dropped",
        "ACL_IPV4 | 100 DROP; 20 ACCEPT protocol=6 | tcp 10.0.0.1 10.0.0.2 5000 80 | passes",
        "ACL_IPV4 | 10 REJECT | tcp 10.0.0.1 10.0.0.2 5000 80 | dropped",
        // addresses and protocols
        "ACL_IPV4 | 10 ACCEPT source-address=10.0.0.0/24 | udp 10.0.0.255 1.1.1.1 1 2 | passes",
        "ACL_IPV4 | 10 ACCEPT source-address=10.0.0.0/24 | udp 10.0.1.0 1.1.1.1 1 2 | dropped",
        "ACL_IPV4 | 10 ACCEPT source-address=10.0.0.9/24 | udp 10.0.0.1 1.1.1.1 1 2 | passes",
        "ACL_IPV4 | 10 ACCEPT source-address=10.0.0.9/32 | udp 10.0.0.8 1.1.1.1 1 2 | dropped",
        "ACL_IPV4 | 10 ACCEPT source-address=0.0.0.0/0 | udp 200.0.0.8 1.1.1.1 1 2 | passes",
        "ACL_IPV4 | 10 ACCEPT destination-address=200.0.0.0/7 | udp 1.1.1.1 201.9.9.9 1 2 | passes",
        "ACL_IPV4 | 10 ACCEPT destination-address=200.0.0.0/7 | udp 1.1.1.1 202.9.9.9 1 2 |"
            + " dropped",
        "ACL_IPV4 | 10 ACCEPT protocol=openconfig-packet-match-types:IP_UDP |"
            + " udp 1.1.1.1 2.2.2.2 1 2 | passes",
        "ACL_IPV4 | 10 ACCEPT protocol=openconfig-packet-match-types:IP_UDP |"
            + " tcp 1.1.1.1 2.2.2.2 1 2 | dropped",
        // ports
        "ACL_IPV4 | 10 ACCEPT destination-port=80 | tcp 1.1.1.1 2.2.2.2 5000 80 | passes",
        "ACL_IPV4 | 10 ACCEPT destination-port=80 | tcp 1.1.1.1 2.2.2.2 80 5000 | dropped",
        "ACL_IPV4 | 10 ACCEPT source-port=40000..50000 | udp 1.1.1.1 2.2.2.2 50000 1 | passes",
        "ACL_IPV4 | 10 ACCEPT source-port=40000..50000 | udp 1.1.1.1 2.2.2.2 50001 1 | dropped",
        "ACL_IPV4 | 10 ACCEPT source-port=ANY | udp 1.1.1.1 2.2.2.2 65535 1 | passes",
        "ACL_IPV4 | 10 ACCEPT source-port=ANY | icmp 1.1.1.1 2.2.2.2 | dropped",
        "ACL_IPV4 | 10 ACCEPT source-port=1 destination-port=2 | fragment 1.1.1.1 2.2.2.2 1 2 |"
            + " dropped",
        "ACL_IPV4 | 10 ACCEPT protocol=6 | fragment 1.1.1.1 2.2.2.2 1 2 | passes",
        // of what is no IPv4 packet it says nothing, of one that is cut off it knows nothing
        "ACL_IPV4 | 10 DROP | arp | passes",
        "ACL_IPV4 | 10 DROP | ipv6 | passes",
        "ACL_IPV4 | 10 ACCEPT protocol=6 | stub | dropped",
        // all frames
        "ACL_L2 | 10 ACCEPT ethertype=2054 | arp | passes",
        "ACL_L2 | 10 ACCEPT ethertype=openconfig-packet-match-types:ETHERTYPE_ARP | arp | passes",
        "ACL_L2 | 10 ACCEPT ethertype=2054 | tcp 1.1.1.1 2.2.2.2 1 2 | dropped",
        "ACL_L2 | 10 ACCEPT source-mac=02:00:00:00:00:01 | arp | passes",
        "ACL_L2 | 10 ACCEPT source-mac=02:00:00:00:00:02 | arp | dropped",
        "ACL_L2 | 10 ACCEPT source-mac=02:00:00:00:00:FF source-mac-mask=ff:ff:ff:ff:ff:00 | arp |"
            + " passes",
        "ACL_L2 | 10 ACCEPT source-mac=02:00:00:00:01:01 source-mac-mask=ff:ff:ff:ff:ff:00 | arp |"
            + " dropped",
        "ACL_L2 | 10 DROP destination-mac=ff:ff:ff:ff:ff:ff; 20 ACCEPT | arp | dropped",
        "ACL_L2 | 10 DROP destination-mac=01:00:00:00:00:00"
            + " destination-mac-mask=01:00:00:00:00:00; 20 ACCEPT | arp | dropped",
        "ACL_L2 | 10 DROP destination-mac=01:00:00:00:00:00 destination-mac-mask=01:00:00:00:00:00;"
            + " 20 ACCEPT | tcp 1.1.1.1 2.2.2.2 1 2 | passes",
        "ACL_MIXED | 10 ACCEPT ethertype=2054; 20 ACCEPT source-address=10.0.0.0/8 | arp | passes",
        "ACL_MIXED | 10 ACCEPT ethertype=2054; 20 ACCEPT source-address=10.0.0.0/8 |"
            + " udp 10.0.0.1 2.2.2.2 1 2 | passes",
        "ACL_MIXED | 10 ACCEPT ethertype=2054; 20 ACCEPT source-address=10.0.0.0/8 | ipv6 |"
            + " dropped",
        "ACL_MIXED | 10 ACCEPT source-mac=02:00:00:00:00:01 destination-port=2 |"
            + " udp 10.0.0.1 2.2.2.2 1 3 | dropped",
      })
  void anAclLetsFramesInAndOut(String type, String entries, String text, String outcome) {
    boolean passes = outcome.equals("passes");
    Frame frame = frame(text);
    follow(set("s", type, entries), bound("one", "ingress", "s", type));
    for (int tag : new int[] {0, 10}) {
      one.transmit(tag == 0 ? frame : frame.retag(tag));
      assertEquals(passes ? 1 : 0, two.taken().size(), "in with tag " + tag);
    }
    assertEquals(passes ? 0 : 2, forwarding.counters("one").dropped(DropReason.INGRESS_ACL));
    assertEquals(passes ? 0 : 2, forwarding.counters("one").dropped());
    follow(set("s", type, entries), bound("two", "egress", "s", type));
    one.transmit(frame);
    assertEquals(passes ? 1 : 0, two.taken().size(), "out");
    assertEquals(passes ? 0 : 1, forwarding.counters("two").dropped(DropReason.EGRESS_ACL));
    assertEquals(passes ? 0 : 2, forwarding.counters("one").dropped(), "counted once");
  }

  @Test
  void eachBoundSetMustAccept() {
    follow(
        set("a", "ACL_IPV4", "10 ACCEPT"),
        set("b", "ACL_L2", "10 ACCEPT ethertype=2048"),
        bound("one", "ingress", "a", "ACL_IPV4"),
        bound("one", "ingress", "b", "ACL_L2"));
    one.transmit(frame("arp"));
    assertEquals(0, two.taken().size());
    one.transmit(frame("udp 1.1.1.1 2.2.2.2 1 2"));
    assertEquals(1, two.taken().size());
  }

  @Test
  void fromWhatAnAclDropsNothingIsLearnt() {
    follow(set("s", "ACL_L2", "10 DROP"), bound("one", "ingress", "s", "ACL_L2"));
    one.transmit(Probe.broadcast(7, 0));
    assertEquals(Optional.empty(), stations.port(10, Probe.station(7)));
    follow();
    one.transmit(Probe.broadcast(7, 0));
    assertEquals(Optional.of("one"), stations.port(10, Probe.station(7)));
  }

  @Test
  void whatWasLearntStaysWhenAnAclIsBound() {
    follow();
    one.transmit(Probe.broadcast(1, 0));
    follow(set("s", "ACL_L2", "10 ACCEPT"), bound("one", "ingress", "s", "ACL_L2"));
    one.transmit(Probe.unicast(1, 2, 0));
    assertEquals(1, forwarding.counters("one").dropped(DropReason.SAME_PORT));
  }

  @ParameterizedTest
  @CsvSource({"input, one, INPUT_POLICER", "output, two, OUTPUT_POLICER"})
  void aPolicerLetsItsBurstThroughThenItsRate(String direction, String port, DropReason reason) {
    follow(policy(8_000_000, 1000, true), limited(port, direction)); // an octet in a microsecond
    assertEquals(10, passing(12));
    assertEquals(2, forwarding.counters(port).dropped(reason));
    time.advance(Duration.ofNanos(99_999));
    assertEquals(0, passing(1));
    time.advance(Duration.ofNanos(1));
    assertEquals(1, passing(2));
    time.advance(Duration.ofMillis(1));
    assertEquals(10, passing(12));
    time.advance(Duration.ofHours(1));
    assertEquals(10, passing(12), "what is not used is not saved beyond the burst");
    assertEquals(8, forwarding.counters(port).dropped());
  }

  @Test
  void aPolicerGoesOnWhenSomethingElseChanges() {
    follow(policy(8_000_000, 1000, true), limited("one", "input"));
    assertEquals(10, passing(10));
    follow(
        policy(8_000_000, 1000, true),
        limited("one", "input"),
        set("s", "ACL_L2", "10 DROP"),
        bound("two", "ingress", "s", "ACL_L2"));
    assertEquals(0, passing(1));
    follow(policy(8_000_000, 2000, true), limited("one", "input"));
    assertEquals(20, passing(21));
  }

  @Test
  void whatAnAclDropsIsNotCountedByThePolicer() {
    follow(
        policy(8_000_000, 100, true),
        limited("one", "input"),
        set("s", "ACL_L2", "10 DROP ethertype=2054; 20 ACCEPT"),
        bound("one", "ingress", "s", "ACL_L2"));
    one.transmit(frame("arp"));
    assertEquals(1, passing(2));
  }

  @Test
  void withoutDropNothingIsPolicedAndWithoutBurstOneIsChosen() {
    follow(policy(8, 100, false), limited("one", "input"));
    assertEquals(20, passing(20));
    follow(policy(8, -1, true), limited("one", "input"));
    assertEquals(Frame.OCTETS_MAX / 100, passing(200));
  }

  /** How many of so many frames of 100 octets, at once, come through. */
  private int passing(int frames) {
    Frame frame =
        Frame.of(MacAddress.BROADCAST, new MacAddress(0x0200_0000_0001L), 0x88b5, new byte[86]);
    for (int i = 0; i < frames; i++) {
      one.transmit(frame);
    }
    return two.taken().size();
  }

  private static Frame frame(String text) {
    String[] word = text.split(" ");
    MacAddress to = word.length == 1 ? MacAddress.BROADCAST : new MacAddress(0x0200_0000_0009L);
    MacAddress from = new MacAddress(0x0200_0000_0001L);
    return switch (word[0]) {
      case "arp" -> Frame.of(to, from, 0x0806, new byte[46]);
      case "ipv6" -> Frame.of(to, from, 0x86dd, new byte[46]);
      case "stub" -> Frame.of(to, from, 0x0800, new byte[] {0x45, 0, 0, 20});
      case "icmp" -> Frame.of(to, from, 0x0800, packet(1, 0, word));
      case "udp" -> Frame.of(to, from, 0x0800, packet(UDP, 0, word));
      case "fragment" -> Frame.of(to, from, 0x0800, packet(TCP, 185, word));
      default -> Frame.of(to, from, 0x0800, packet(TCP, 0, word));
    };
  }

  /** With a header of 24 octets, so that ports are not where most headers end. */
  private static byte[] packet(int protocol, int fragmentOffset, String[] word) {
    ByteBuffer packet = ByteBuffer.allocate(46);
    packet.put((byte) 0x46).put((byte) 0).putShort((short) 46).putShort((short) 1);
    packet.putShort((short) fragmentOffset).put((byte) 64).put((byte) protocol);
    packet.putShort((short) 0).put(address(word[1])).put(address(word[2])).putInt(0);
    for (int i = 3; i < word.length; i++) {
      packet.putShort((short) Integer.parseInt(word[i]));
    }
    return packet.array();
  }

  private static byte[] address(String text) {
    byte[] octets = new byte[4];
    String[] parts = text.split("\\.", -1);
    for (int i = 0; i < octets.length; i++) {
      octets[i] = (byte) Integer.parseInt(parts[i]);
    }
    return octets;
  }

  /** Works by what these put into one configuration, with both ports trunks of VLAN 10. */
  private void follow(Part... parts) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    for (Part part : parts) {
      part.into(config);
    }
    List<Port> ports =
        List.of(
            new Port("one", "", "TRUNK", 0, 10, List.of()),
            new Port("two", "", "TRUNK", 0, 10, List.of()));
    SwitchModel model =
        new SwitchDescription(
                "tor",
                ports,
                Access.byPassword("unused", "unused"),
                Capability.WITH_CANDIDATE,
                false,
                EnumSet.allOf(OptionalModel.class),
                config)
            .model();
    forwarding.follow(model.plan(model.factoryConfig()));
  }

  private interface Part {
    void into(ObjectNode config);
  }

  private static Part set(String name, String type, String entries) {
    return config -> {
      ObjectNode set =
          config
              .withObject("/openconfig-acl:acl/acl-sets")
              .withArray("acl-set")
              .addObject()
              .put("name", name)
              .put("type", type);
      set.withObject("/config").put("name", name).put("type", type);
      for (String entry : entries == null ? new String[0] : entries.split("; ")) {
        String[] word = entry.split(" ");
        ObjectNode node =
            set.withObject("/acl-entries")
                .withArray("acl-entry")
                .addObject()
                .put("sequence-id", word[0]);
        node.withObject("/config").put("sequence-id", word[0]);
        node.withObject("/actions/config").put("forwarding-action", word[1]);
        for (int i = 2; i < word.length; i++) {
          String[] asked = word[i].split("=", 2);
          node.withObject("/" + PARTS.get(asked[0]) + "/config").put(asked[0], asked[1]);
        }
      }
    };
  }

  private static Part bound(String port, String direction, String set, String type) {
    return config -> {
      ObjectNode entry =
          entry(config.withObject("/openconfig-acl:acl/interfaces"), "id", port)
              .withObject("/" + direction + "-acl-sets")
              .withArray(direction + "-acl-set")
              .addObject()
              .put("set-name", set)
              .put("type", type);
      entry.withObject("/config").put("set-name", set).put("type", type);
    };
  }

  private static Part policy(long bits, long burst, boolean drop) {
    return config -> {
      ObjectNode policy =
          config
              .withObject("/openconfig-qos:qos/scheduler-policies")
              .withArray("scheduler-policy")
              .addObject()
              .put("name", "p");
      policy.withObject("/config").put("name", "p");
      ObjectNode scheduler =
          policy.withObject("/schedulers").withArray("scheduler").addObject().put("sequence", 1);
      scheduler.withObject("/config").put("sequence", 1);
      ObjectNode rate = scheduler.withObject("/one-rate-two-color/config");
      rate.put("cir", Long.toString(bits));
      if (burst >= 0) {
        rate.put("bc", burst);
      }
      scheduler.withObject("/one-rate-two-color/exceed-action/config").put("drop", drop);
    };
  }

  private static Part limited(String port, String direction) {
    return config ->
        entry(config.withObject("/openconfig-qos:qos/interfaces"), "interface-id", port)
            .withObject("/" + direction + "/scheduler-policy/config")
            .put("name", "p");
  }

  /** The entry of a port, made if it is not there. */
  private static ObjectNode entry(ObjectNode interfaces, String key, String port) {
    for (var entry : interfaces.withArray("interface")) {
      if (entry.get(key).asText().equals(port)) {
        return (ObjectNode) entry;
      }
    }
    ObjectNode entry = interfaces.withArray("interface").addObject().put(key, port);
    entry.withObject("/config").put(key, port);
    return entry;
  }
}
