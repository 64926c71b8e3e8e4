package io.patchbay.mesh.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The SPIFFE ID standard, section 2. */
class SpiffeIdTest {
  @ParameterizedTest
  @CsvSource({
    "spiffe://k8s.nsm/ns/shop/pod/client-0, k8s.nsm, /ns/shop/pod/client-0",
    "spiffe://k8s.nsm, k8s.nsm, ''",
    "spiffe://a_b-c.9/A.b_c-d, a_b-c.9, /A.b_c-d",
    "spiffe://d/..., d, /...",
  })
  void whatIsOneIsReadAndWrittenBack(String text, String domain, String path) {
    SpiffeId id = SpiffeId.parse(text);
    assertEquals(new SpiffeId(domain, path), id);
    assertEquals(text, id.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "k8s.nsm/x",
        "http://k8s.nsm/x",
        "SPIFFE://k8s.nsm/x",
        "spiffe://",
        "spiffe:///x",
        "spiffe://K8s.nsm/x",
        "spiffe://k8s.nsm/",
        "spiffe://k8s.nsm//x",
        "spiffe://k8s.nsm/x/",
        "spiffe://k8s.nsm/./x",
        "spiffe://k8s.nsm/x/..",
        "spiffe://k8s.nsm:80/x",
        "spiffe://me@k8s.nsm/x",
        "spiffe://k8s.nsm/x?y",
        "spiffe://k8s.nsm/x#y",
        "spiffe://k8s.nsm/%41",
      })
  void whatIsNoneIsRefused(String text) {
    assertEquals(
        Failure.Kind.INVALID, assertThrows(Failure.class, () -> SpiffeId.parse(text)).kind());
  }

  @ParameterizedTest
  @ValueSource(ints = {2048, 2049})
  void itHasALimit(int length) {
    String text = "spiffe://d/" + "x".repeat(length - 11);
    if (length > 2048) {
      assertThrows(Failure.class, () -> SpiffeId.parse(text));
    } else {
      assertTrue(SpiffeId.parse(text).path().length() > 2000);
    }
  }
}
