package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Failure;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may go on with whose connection. */
class RequesterTest {
  private static final String CLIENT = "spiffe://k8s.nsm/ns/shop/pod/nsc-1";
  private static final String HOP = "spiffe://k8s.nsm/ns/nsm-system/pod/nsmgr-abc";

  private static boolean allowed(Requester before, Requester asking) {
    try {
      before.allow(asking);
      return true;
    } catch (Failure e) {
      assertEquals(Failure.Kind.DENIED, e.kind());
      return false;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "spiffe://k8s.nsm/ns/shop/pod/nsc-1, true",
    "spiffe://k8s.nsm/ns/shop/pod/nsc-2, false",
    "spiffe://other/ns/shop/pod/nsc-1, false",
    "'', false"
  })
  void aClientsConnectionIsItsOwn(String asking, boolean allowed) {
    assertEquals(
        allowed,
        allowed(
            new Requester(CLIENT, "nsc-0", "nsc-0", false),
            new Requester(asking, "nsc-0", "nsc-0", false)));
  }

  @ParameterizedTest
  @CsvSource({
    "spiffe://k8s.nsm/ns/nsm-system/pod/nsmgr-abc, nsc-0, true, true",
    "spiffe://k8s.nsm/ns/nsm-system/pod/nsmgr-def, nsc-0, true, true",
    "spiffe://k8s.nsm/ns/nsm-system/pod/nsmgr-def, nsc-1, true, false",
    "spiffe://k8s.nsm/ns/nsm-system/pod/nsmgr-def, nsc-0, false, false",
    "spiffe://k8s.nsm/ns/shop/pod/nsmgr-abc, nsc-0, true, false",
    "spiffe://other/ns/nsm-system/pod/nsmgr-def, nsc-0, true, false",
    "spiffe://k8s.nsm/ns/nsm-system/pod, nsc-0, true, false",
    "spiffe://k8s.nsm/ns/nsm-system/x/pod/nsmgr-def, nsc-0, true, false"
  })
  void aHopMayBeReplacedByAPodOfItsNamespace(
      String asking, String client, boolean hop, boolean allowed) {
    assertEquals(
        allowed,
        allowed(
            new Requester(HOP, "m-1", "nsc-0", true), new Requester(asking, "m-2", client, hop)));
  }
}
