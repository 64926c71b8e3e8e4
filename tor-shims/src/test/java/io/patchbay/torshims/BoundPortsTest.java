package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig.AclSet;
import io.patchbay.torshims.PortConfig.Leaf;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What services have bound to their ports, and who may share one, through the switch's writer. */
@Timeout(60)
class BoundPortsTest extends OnePort {

  /** By VLAN, as the fabric file has it now. */
  private final Map<Integer, PortWish> wishes = new ConcurrentHashMap<>();

  private static PortWish wish(String service, String aclIn, String aclOut, String in, String out) {
    return new PortWish(
        service,
        new FabricService.Port(
            null, false, new BoundAcls(acl(aclIn), acl(aclOut)), new BoundPolicies(in, out)));
  }

  /** Written as {@code name} or {@code name TYPE}. */
  private static BoundAcls.Named acl(String text) {
    String[] parts = text == null ? new String[0] : text.split(" ");
    return parts.length == 0
        ? null
        : new BoundAcls.Named(parts[0], parts.length > 1 ? parts[1] : null);
  }

  @BeforeEach
  void start() {
    wishes.put(100, wish("plain", null, null, null, null));
    wishes.put(200, wish("fenced", "web", null, null, "gold"));
    wishes.put(201, wish("alike", "web", null, null, "gold"));
    wishes.put(300, wish("other", "mail", null, null, "gold"));
    open();
    writer.start();
  }

  private void open() {
    open(
        Set.of(100, 200, 201, 300),
        vlan -> wishes.getOrDefault(vlan, PortWish.NONE),
        History.in(folder.resolve("history")));
  }

  private void reopen() {
    writer.close();
    journal.close();
    open();
  }

  private String refused(String connection, int vlan) {
    Failure failure = assertThrows(Failure.class, () -> take(connection, vlan));
    assertEquals(Failure.Kind.CONFLICT, failure.kind(), failure::toString);
    return failure.getMessage();
  }

  @Test
  void eachDirectionIsOwnedByItselfAndGivenBack() {
    fake.set("Ethernet1 [acl in]", new Raw("two others"));
    fake.set("Ethernet1 [qos out]", new Leaf("silver"));
    take("a", 200);
    take("b", 201);
    leave("a", 200);
    leave("b", 201);
    assertEquals(
        List.of(
            "{Ethernet1=trunk VLANs 200, Ethernet1 [acl in]=web (ACL_IPV4), Ethernet1 [qos"
                + " out]=gold}",
            "{Ethernet1=trunk VLANs 200,201}",
            "{Ethernet1=trunk VLANs 201}",
            "{Ethernet1=as it was (factory), Ethernet1 [acl in]=as it was (two others), Ethernet1"
                + " [qos out]=as it was (written as silver)}"),
        fake.commits());
  }

  @Test
  void whatNobodyWantsBoundIsNotEvenRead() {
    for (PortItem.Aspect aspect : PortItem.Aspect.BOUND) {
      fake.refuseToRead(new PortItem("Ethernet1", aspect).key());
    }
    take("a", 100);
    leave("a", 100);
    assertThrows(Failure.class, () -> take("b", 200));
  }

  /** Else nobody would ever take it away. */
  @Test
  void anEntryThatIsThereForTheOtherDirectionIsTheShimsOwn() {
    wishes.put(300, wish("both", "web", "mail", null, "gold"));
    fake.set("Ethernet1 [acl in]", PortEntry.NONE);
    fake.set("Ethernet1 [qos out]", PortEntry.EMPTY);
    take("a", 200);
    fake.set("Ethernet1 [acl out]", PortEntry.EMPTY);
    wishes.put(200, wish("fenced", "web", "mail", null, "gold")); // the file says so now
    reopen();
    writer.restore("a", claim(200), Instant.EPOCH);
    writer.start();
    Await.until(
        "it is bound",
        PATIENCE,
        () -> fake.at("Ethernet1 [acl out]").equals(new AclSet("mail", "ACL_IPV4")));
    leave("a", 200);
    assertEquals(
        "{Ethernet1 [acl in]=as it was (no entry), Ethernet1 [acl out]=as it was (no entry),"
            + " Ethernet1 [qos out]=as it was (nothing bound)}",
        fake.running());
  }

  /** Who is on the port, who comes, and what the refusal says; nothing where there is none. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          web          |           |      |      | web          |           |      |      |
          web ACL_IPV4 |           | gold | iron | web          |           | gold | iron |
                       |           |      |      |              |           |      |      |
          web          |           |      |      |              |           |      |      | port.acl.in: service new wants nothing of port Ethernet1, and old, which is on it, web (ACL_IPV4);
                       |           |      |      | web          |           |      |      | port.acl.in: service new wants web (ACL_IPV4) of port Ethernet1, and old, which is on it, nothing;
          web          |           |      |      | mail         |           |      |      | port.acl.in: service new wants mail (ACL_IPV4) of
          web          |           |      |      | web ACL_IPV6 |           |      |      | port.acl.in: service new wants web (ACL_IPV6) of
          web          | web       |      |      | web          | mail      |      |      | port.acl.out: service new wants mail (ACL_IPV4) of
          web          |           | gold |      | web          |           | iron |      | port.qos.in: service new wants iron of
          web          |           |      |      | web          |           |      | iron | port.qos.out: service new wants iron of
          """)
  void whoSharesAPortWantsTheSameBound(
      String in1,
      String out1,
      String qosIn1,
      String qosOut1,
      String in2,
      String out2,
      String qosIn2,
      String qosOut2,
      String objection) {
    wishes.put(200, wish("old", in1, out1, qosIn1, qosOut1));
    wishes.put(300, wish("new", in2, out2, qosIn2, qosOut2));
    take("a", 200);
    String running = fake.running();
    List<String> commits = fake.commits();
    if (objection == null) {
      take("b", 300);
      return;
    }
    Optional<String> tried =
        writer
            .rehearse(List.of(claim(300).wishing(wishes.get(300))), PATIENCE)
            .getOrDefault("Ethernet1", Optional.empty());
    String said = refused("b", 300);
    assertTrue(said.startsWith(objection), said);
    assertEquals(Optional.of(said), tried, "as it is said to whoever tries it");
    assertEquals(commits, fake.commits());
    assertEquals(running, fake.running());
    writer.take("b", new PortClaim("tor-1", "Ethernet2", 300), PATIENCE);
    leave("a", 200);
    take("c", 300);
  }

  @Test
  void ofTwoThatComeAtOnceTheFirstGetsIn() {
    fake.hold();
    SwitchWriter.Taking before = writer.begin("x", claim(100), PATIENCE, Pairing.NONE);
    Await.until("the writer is busy", PATIENCE, () -> fake.applying() > 0);
    writer.leaveSoon("x", claim(100)); // so that who comes behind it finds nobody
    SwitchWriter.Taking first = writer.begin("a", claim(200), PATIENCE, Pairing.NONE);
    SwitchWriter.Taking second = writer.begin("b", claim(300), PATIENCE, Pairing.NONE);
    SwitchWriter.Taking third = writer.begin("c", claim(201), PATIENCE, Pairing.NONE);
    fake.release();
    assertEquals(Optional.empty(), before.await());
    assertEquals(Optional.empty(), first.await());
    Failure failure = assertThrows(Failure.class, second::await);
    assertEquals(Failure.Kind.CONFLICT, failure.kind());
    assertEquals(Optional.empty(), third.await());
    assertEquals("trunk VLANs 200,201", fake.at("Ethernet1").toString());
  }

  /**
   * By a file that has changed: the first name counts, nobody is cut off, and nobody else comes.
   */
  @Test
  void whoLivesThereStaysWhateverTheFileComesToSay() {
    take("a", 200);
    take("b", 201);
    wishes.put(200, wish("fenced", "mail", null, null, "gold"));
    wishes.put(201, wish("alike", "ftp", null, null, null));
    reopen();
    writer.restore("a", claim(200), Instant.EPOCH);
    writer.restore("b", claim(201), Instant.EPOCH);
    writer.start();
    Await.until(
        "it is as the first of them wants",
        PATIENCE,
        () -> fake.at("Ethernet1 [acl in]").equals(new AclSet("ftp", "ACL_IPV4")));
    assertEquals("trunk VLANs 200,201", fake.at("Ethernet1").toString());
    assertEquals(new Leaf("gold"), fake.at("Ethernet1 [qos out]"));
    take("a", 200); // as who has asked before
    take("b", 201);
    assertEquals(Optional.empty(), writer.begin("b", claim(201), PATIENCE, Pairing.NONE).await());
    refused("c", 200);
    refused("d", 201);
    leave("b", 201);
    assertEquals(new AclSet("mail", "ACL_IPV4"), fake.at("Ethernet1 [acl in]"));
    take("c", 200);
  }

  /** They have to come back as new ones: the shim has forgotten them, and the switch has not. */
  @Test
  void whomTheDiskHasForgottenComesBackAndNobodyElseMeanwhile() {
    wishes.put(300, wish("other", null, null, null, "gold"));
    fake.set("Ethernet1", new Trunk(new TreeSet<>(Set.of(100, 300)), OptionalInt.empty()));
    forget();
    assertTrue(refused("c", 200).contains("port.acl.in"));
    take("a", 100);
    take("b", 300);
    assertEquals("trunk VLANs 100,300", fake.at("Ethernet1").toString());
  }

  /** Its VLAN tells whose it is, and so what it wants. */
  @Test
  void whomTheDiskHasForgottenIsHeldAgainstOthersAsIfItWereThere() {
    fake.set("Ethernet1", new Trunk(new TreeSet<>(Set.of(200)), OptionalInt.empty()));
    forget();
    assertTrue(refused("c", 100).contains("and fenced, which is on it, web (ACL_IPV4)"));
    take("a", 201);
    assertEquals("trunk VLANs 200,201", fake.at("Ethernet1").toString());
  }

  private void forget() {
    writer.close();
    FormerPorts.lose(journal, "tor-1");
    journal.close();
    open();
    writer.start();
    Await.until("the heirs are known", PATIENCE, () -> !writer.view().ports().isEmpty());
  }

  /** The switch refuses it, or has lost the model since. */
  @Test
  void whatCannotBeBoundHoldsUpNobodysVlans() {
    take("a", 200);
    fake.forbids("Ethernet1 [acl in]");
    fake.set("Ethernet1 [acl in]", new Raw("by hand"));
    Await.until(
        "it is in doubt",
        PATIENCE,
        () -> writer.view().ports().stream().anyMatch(port -> port.unsettled().isPresent()));
    take("b", 201);
    leave("a", 200);
    assertEquals("trunk VLANs 201", fake.at("Ethernet1").toString());
    assertEquals(new Raw("by hand"), fake.at("Ethernet1 [acl in]"));
  }

  /** Its frames would be held against the ACL of somebody who has gone. */
  @Test
  void nobodyGetsOntoAPortThatStillHasWhatAnotherHadBound() {
    take("a", 200);
    fake.forbids("Ethernet1 [acl in]");
    leave("a", 200);
    assertEquals("web (ACL_IPV4)", fake.at("Ethernet1 [acl in]").toString());
    assertThrows(Failure.class, () -> take("b", 100));
    leave("b", 100);
    Await.until("the VLANs go", PATIENCE, () -> fake.at("Ethernet1").equals(new Raw("factory")));
    fake.permits("Ethernet1 [acl in]");
    take("b", 100);
    assertEquals("{Ethernet1=trunk VLANs 100}", fake.running());
  }

  /** What is in doubt for itself says nothing of what ports carry. */
  @Test
  void whatCannotBeBoundKeepsNoVlanOnTheSwitch() {
    fake.makesVlans(VlanNames.NUMBERS);
    reopen();
    writer.start();
    take("a", 200);
    fake.forbids("Ethernet1 [acl in]");
    fake.set("Ethernet1 [acl in]", new Raw("by hand"));
    Await.until(
        "it is in doubt",
        PATIENCE,
        () -> writer.view().ports().stream().anyMatch(port -> port.unsettled().isPresent()));
    PortClaim elsewhere = new PortClaim("tor-1", "Ethernet2", 100);
    writer.take("b", elsewhere, PATIENCE);
    assertEquals(Set.of(100, 200), fake.vlans().keySet());
    writer.leave("b", elsewhere, PATIENCE);
    Await.until("it goes", PATIENCE, () -> fake.vlans().keySet().equals(Set.of(200)));
  }

  @Test
  void whoIsRefusedByTheSwitchLeavesWhatWasThere() {
    fake.set("Ethernet1 [acl in]", new Raw("two others"));
    fake.forbids("Ethernet1 [acl in]");
    String running = fake.running();
    Failure failure = assertThrows(Failure.class, () -> take("a", 200));
    assertEquals("switch tor-1 refuses edit-config", failure.getMessage());
    assertEquals(running, fake.running());
    leave("a", 200);
    take("b", 100);
    assertEquals("trunk VLANs 100", fake.at("Ethernet1").toString());
  }

  /** Else every refresh of a cable to two switches would ask both. */
  @Test
  void whatAServiceWantsBesidesMakesNoOtherClaim() {
    take("a", 200);
    assertTrue(writer.has("a", claim(200)));
    assertTrue(!writer.has("a", claim(201)));
  }

  @Test
  void whatAnOperatorBindsIsPutRight() {
    take("a", 200);
    fake.set("Ethernet1 [qos out]", new Leaf("silver"));
    Await.until(
        "it is put right", PATIENCE, () -> fake.at("Ethernet1 [qos out]").equals(new Leaf("gold")));
  }
}
