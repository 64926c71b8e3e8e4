package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.base.Time;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.VlanParameters;
import io.patchbay.mesh.identity.Identity;
import io.patchbay.mesh.policy.Signed;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may speak for which node. */
class CheckNodeTest {
  private static final String FABRIC =
      FabricFilesTest.FABRIC
          + """
          identities:
            template: spiffe://{trustDomain}/ns/ns/pod/sriov-manager-{node}
            nodes: {node-9: "spiffe://k8s.nsm/ns/ns/pod/other"}
          """;

  private final Time time = Time.system();
  private final Signed mesh = new Signed("k8s.nsm", time);
  private final CheckNode link =
      new CheckNode(
          Json.parseYaml("fabric.yaml", FABRIC, FabricServices.class).identities(),
          Optional.of(mesh.identities("tor-shim")));

  private static Mechanism vlan(String node) {
    return new VlanParameters(
            Optional.empty(),
            Optional.of(
                new VlanParameters.Function(
                    node, "02:00:00:00:01:00", "0000:01:00.2", 1, "02:00:00:00:01:02", 9000, "")))
        .mechanism();
  }

  private Call asking(Identity requester, Mechanism... offered) {
    Identity client = mesh.identity("sriov-manager-node-1"); // only the hop before the shim counts
    Connection connection =
        Connection.newBuilder()
            .setPath(
                Signed.path(
                    2,
                    List.of(
                        mesh.token(client, requester),
                        mesh.token(requester, mesh.identity("tor-shim")),
                        mesh.token(mesh.identity("tor-shim"), requester))))
            .build();
    return Call.of(
        connection, List.of(offered), new Cause.Asked(), time.now().plus(Duration.ofMinutes(1)));
  }

  private void believed(Call call) {
    assertEquals(call.connection(), link.request(call, Call::connection));
  }

  private void refused(String words, Call call) {
    Failure failure =
        assertThrows(
            Failure.class,
            () ->
                link.request(
                    call,
                    beyond -> {
                      throw new AssertionError("nothing may be held for it");
                    }));
    assertEquals(Failure.Kind.DENIED, failure.kind());
    assertTrue(failure.getMessage().startsWith("no sufficient privileges"), failure.getMessage());
    assertTrue(failure.getMessage().contains(words), failure.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "sriov-manager-node-1, node-1, true",
    "other, node-9, true",
    "sriov-manager-node-9, node-9, false",
    "sriov-manager-node-2, node-1, false",
    "app-1, node-1, false",
  })
  void aNodeHasOneIdentityThatSpeaksForIt(String pod, String node, boolean may) {
    Call call = asking(mesh.identity(pod), vlan(node));
    if (may) {
      believed(call);
    } else {
      refused("'spiffe://k8s.nsm/ns/ns/pod/" + pod + "' does not speak for node '" + node, call);
    }
  }

  @Test
  void anotherTrustDomainSpeaksForNobody() {
    Identity foreign = new Signed("far.example", time).identity("sriov-manager-node-1");
    refused("'spiffe://far.example/", asking(foreign, vlan("node-1")));
  }

  @Test
  void everyMechanismIsChecked() {
    Identity first = mesh.identity("sriov-manager-node-1");
    refused("node 'node-2'", asking(first, vlan("node-1"), vlan("node-2")));
    Call agreed = asking(first).edit(connection -> connection.setMechanism(vlan("node-2")));
    refused("node 'node-2'", agreed);
  }

  @Test
  void whoHasNoPathSpeaksForNobody() {
    Call nobody =
        Call.of(
            Connection.getDefaultInstance(),
            List.of(vlan("node-1")),
            new Cause.Asked(),
            time.now().plus(Duration.ofMinutes(1)));
    refused("'' does not speak", nobody);
  }

  @Test
  void oneIdentityForAllNodesIsAMistakeInTheFile() {
    String wrong = FABRIC.replace("-{node}", "");
    Failure failure =
        assertThrows(
            Failure.class, () -> Json.parseYaml("fabric.yaml", wrong, FabricServices.class));
    assertTrue(failure.getMessage().contains("has no {node}"), failure.getMessage());
  }
}
