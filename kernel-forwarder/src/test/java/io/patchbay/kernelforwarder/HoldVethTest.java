package io.patchbay.kernelforwarder;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.LinkContractTest;
import io.patchbay.mesh.Sessions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The link on the real kernel. */
class HoldVethTest extends LinkContractTest {
  private TwoPods pods;
  private final List<Call> ahead = new ArrayList<>();
  private UnaryOperator<Connection.Builder> answering = answer -> answer;

  @BeforeEach
  void create() {
    pods = new TwoPods();
  }

  @AfterEach
  void delete() {
    if (pods != null) {
      pods.close();
    }
  }

  @Override
  protected Link link() {
    return new HoldVeth();
  }

  @Override
  protected Set<String> heldOutside() {
    return pods.links();
  }

  @Override
  protected Call call() {
    return super.call().preferring(List.of(wish("nsm-1")));
  }

  @Override
  protected Connection answer(Call call) {
    ahead.add(call);
    Mechanism own = kernel(pods.endpoint.inodeUrl(), "svc-x");
    return answering
        .apply(call.connection().toBuilder().setContext(TwoPods.context()).setMechanism(own))
        .build();
  }

  private Mechanism wish(String name) {
    return kernel(pods.client.inodeUrl(), name);
  }

  private static Mechanism kernel(String namespace, String name) {
    return new KernelParameters(
            Optional.of(namespace).filter(url -> !url.isEmpty()),
            Optional.of(name).filter(given -> !given.isEmpty()),
            Optional.empty())
        .mechanism();
  }

  private Chain chain() {
    return Chain.of(List.of(Sessions.inMemory(time), new HoldVeth(), (call, next) -> answer(call)));
  }

  private static Call again(Connection agreed, Call before) {
    return Call.of(agreed, before.preferences(), new Cause.Asked(), before.deadline());
  }

  @Test
  void theClientKeepsItsMechanismAndTheEndpointIsAskedForItsOwn() {
    Mechanism asked = wish("nsm-1").toBuilder().putParameters("more", "kept").build();
    Connection agreed = chain().request(call().preferring(List.of(asked)));
    assertEquals(asked, agreed.getMechanism());
    assertEquals(
        List.of(Mechanism.newBuilder().setCls("LOCAL").setType("KERNEL").build()),
        ahead.getFirst().preferences());
    assertEquals(
        "KERNEL/nsm-1",
        agreed.getPath().getPathSegments(1).getMetricsMap().get("server_interface"));
    assertEquals(
        "KERNEL/svc-x",
        agreed.getPath().getPathSegments(1).getMetricsMap().get("client_interface"));
  }

  @Test
  void aClientThatGivesNoNameGetsOneThatStays() {
    Chain chain = chain();
    Call nameless = call().preferring(List.of(wish("")));
    Connection agreed = chain.request(nameless);
    String name =
        KernelParameters.of(agreed.getMechanism()).flatMap(KernelParameters::name).orElseThrow();
    assertTrue(name.startsWith("svc-"), name);
    Connection bare = agreed.toBuilder().clearMechanism().build();
    assertEquals(agreed.getMechanism(), chain.request(again(bare, nameless)).getMechanism());
  }

  @Test
  void aRefreshTouchesNothingUnlessThePairIsGoneOrAnother() {
    Chain chain = chain();
    Connection agreed = chain.request(call());
    var made = pods.client.links().require("nsm-1");
    chain.request(again(agreed, call()));
    assertEquals(made, pods.client.links().require("nsm-1"));
    assertTrue(pods.client.links().delete("nsm-1"));
    chain.request(again(agreed, call()));
    var anew = pods.client.links().require("nsm-1");
    assertNotEquals(made.index(), anew.index());
    answering =
        answer -> {
          answer.getContextBuilder().setMTU(1300);
          return answer;
        };
    chain.request(again(agreed, call()));
    assertEquals(1300, pods.client.links().require("nsm-1").mtu());
  }

  private void refused(Failure.Kind kind, String why, Call call) {
    Failure failure = assertThrows(Failure.class, () -> chain().request(call));
    assertEquals(kind, failure.kind());
    assertTrue(failure.getMessage().contains(why), failure.getMessage());
    assertEquals(Set.of(), pods.links());
  }

  @Test
  void whatItCannotDoIsRefused() {
    Mechanism other = Mechanism.newBuilder().setCls("LOCAL").setType("MEMIF").build();
    refused(Failure.Kind.UNSUPPORTED, "unsupported mechanism", call().preferring(List.of(other)));
    refused(
        Failure.Kind.UNSUPPORTED, "unsupported mechanism", call().edit(c -> c.setMechanism(other)));
    refused(
        Failure.Kind.UNSUPPORTED,
        "is for sriov-manager",
        call().edit(c -> c.putLabels("sriovToken", "example.com/100g")));
    Mechanism grant = wish("nsm-1").toBuilder().putParameters("tokenID", "n").build();
    refused(Failure.Kind.UNSUPPORTED, "is for sriov-manager", call().preferring(List.of(grant)));
    refused(
        Failure.Kind.UNSUPPORTED, "is not on this node", call().towards(Url.parse("tcp://far:1")));
    refused(
        Failure.Kind.INVALID, "inodeURL is missing", call().preferring(List.of(kernel("", "e"))));
    refused(Failure.Kind.INVALID, "is no interface name", call().preferring(List.of(wish("a b"))));
    refused(
        Failure.Kind.NOT_FOUND,
        "no network namespace inode://4/1",
        call().preferring(List.of(kernel("inode://4/1", "e"))));
  }

  @Test
  void anEndpointThatDoesNotSayWhereItIsIsRefused() {
    answering = Connection.Builder::clearMechanism;
    refused(Failure.Kind.INVALID, "answered without KERNEL interface and namespace", call());
  }
}
