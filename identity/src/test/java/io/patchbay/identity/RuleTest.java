package io.patchbay.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which process is whom, and which rules cannot be. */
class RuleTest {
  private static final String FILE =
      """
      trustDomain: k8s.nsm
      rules:
        - id: spiffe://k8s.nsm/ns/{namespace}/pod/{pod}
          network: pod
        - id: spiffe://k8s.nsm/ns/nsm-system/pod/nsmgr-{node}
          network: host
          uid: 0
          executable: /opt/java
          argument: nsmgr
        - id: spiffe://k8s.nsm/ns/nsm-system/pod/java-{node}
          executable: /opt/java
          uid: 0
        - id: spiffe://k8s.nsm/users/seven
          uid: 7
      """;

  private static IdentityFile read(String text) {
    return Json.parseYaml("identity.yaml", text, IdentityFile.class);
  }

  @ParameterizedTest
  @CsvSource({
    "pod,   7, /opt/java, nsmgr, spiffe://k8s.nsm/ns/shop/pod/client-0",
    "host,  0, /opt/java, nsmgr, spiffe://k8s.nsm/ns/nsm-system/pod/nsmgr-node-1",
    "host,  0, /opt/java, other, spiffe://k8s.nsm/ns/nsm-system/pod/java-node-1",
    "other, 0, /opt/java, nsmgr, spiffe://k8s.nsm/ns/nsm-system/pod/java-node-1",
    "host,  0, /bin/java, nsmgr, nobody",
    "host,  7, /opt/java, nsmgr, spiffe://k8s.nsm/users/seven",
    "host,  8, /opt/java, nsmgr, nobody",
  })
  void theFirstRuleThatMatchesSaysWhoItIs(
      Rule.Network network, long uid, String executable, String argument, String id) {
    Optional<Caller.Pod> pod =
        network == Rule.Network.pod
            ? Optional.of(new Caller.Pod("shop", "client-0"))
            : Optional.empty();
    Caller caller =
        new Caller(12, uid, executable, List.of("java", "Patchbay", argument), network, pod);
    assertEquals(
        id,
        read(FILE).rules().stream()
            .filter(rule -> rule.matches(caller))
            .map(rule -> rule.idOf(caller, "node-1").toString())
            .findFirst()
            .orElse("nobody"));
  }

  @Test
  void whatCannotBeIsRefusedWithItsLine() {
    refused(":3:", "is for anybody", "{id: 'spiffe://k8s.nsm/x', argument: nsmgr}");
    refused(":3:", "{pod} is not known here", "{id: 'spiffe://k8s.nsm/{pod}', network: host}");
    refused(":3:", "is not a SPIFFE ID", "{id: 'spiffe://k8s.nsm//', uid: 0}");
    refused(":3:", "is not below spiffe://k8s.nsm/", "{id: 'spiffe://else/x', uid: 0}");
    refused(":3:", "pods", "{id: 'spiffe://k8s.nsm/x', network: pods}");
    refused(":3:", "user", "{id: 'spiffe://k8s.nsm/x', uid: 0, user: 0}");
  }

  private static void refused(String line, String why, String rule) {
    String text = "trustDomain: k8s.nsm\nrules:\n  - " + rule + "\n";
    String said = String.valueOf(assertThrows(Failure.class, () -> read(text)).getMessage());
    assertEquals(true, said.startsWith("identity.yaml" + line) && said.contains(why), said);
  }
}
