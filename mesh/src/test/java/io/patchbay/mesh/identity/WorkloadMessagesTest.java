package io.patchbay.mesh.identity;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.workload.X509SVIDResponse;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a server of somebody else's would send, put together byte by byte. */
class WorkloadMessagesTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Authority HERE = Authority.make("here.test", HOUR, Time.system());
  private static final Authority THERE = Authority.make("there.test", HOUR, Time.system());
  private static final String ID = "spiffe://here.test/ns/shop/pod/client";
  private static final Identity IDENTITY = HERE.issue(SpiffeId.parse(ID), HOUR, Time.system());

  /** A field whose value is so many bytes: its number and wire type 2, a varint, the bytes. */
  private static byte[] field(int number, byte[]... values) {
    byte[] value = together(values);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(number << 3 | 2);
    int length = value.length;
    for (; length > 0x7f; length >>>= 7) {
      out.write(length & 0x7f | 0x80);
    }
    out.write(length);
    out.writeBytes(value);
    return out.toByteArray();
  }

  private static byte[] together(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] svid(String id, byte[] key) throws CertificateEncodingException {
    return field(
        1,
        field(1, text(id)),
        field(2, IDENTITY.leaf().getEncoded(), HERE.certificate().getEncoded()),
        field(3, key),
        field(4, HERE.certificate().getEncoded(), THERE.certificate().getEncoded()));
  }

  private static byte[] federated(String domain) throws CertificateEncodingException {
    return field(3, field(1, text(domain)), field(2, THERE.certificate().getEncoded()));
  }

  @Test
  void anIdentityItsKeyAndAllBundlesAreUnderstood() throws Exception {
    byte[] message =
        together(
            svid(ID, IDENTITY.key().getEncoded()),
            field(2, new byte[] {1, 2, 3}),
            federated("spiffe://there.test"),
            federated("elsewhere.test"),
            field(15, text("unknown")));
    WorkloadMessages.Update update = WorkloadMessages.read(X509SVIDResponse.parseFrom(message));
    assertEquals(ID, update.identity().id());
    assertEquals(2, update.identity().chain().size());
    assertEquals(IDENTITY.leaf(), update.identity().leaf());
    assertArrayEquals(IDENTITY.key().getEncoded(), update.identity().key().getEncoded());
    assertEquals(
        Set.of(HERE.certificate(), THERE.certificate()), update.bundles().get("here.test"));
    assertEquals(Set.of(THERE.certificate()), update.bundles().get("there.test"));
    assertEquals(Set.of("here.test", "there.test", "elsewhere.test"), update.bundles().keySet());
  }

  @Test
  void whatWeWriteIsReadBack() {
    WorkloadMessages.Update update = new WorkloadMessages.Update(IDENTITY, HERE.bundles());
    WorkloadMessages.Update read = WorkloadMessages.read(WorkloadMessages.write(update));
    assertEquals(update.identity().chain(), read.identity().chain());
    assertEquals(update.bundles(), read.bundles());
  }

  @Test
  void whatIsWrongIsNamedWithoutTheKey() throws Exception {
    refused("holds no identity", new byte[0]);
    refused("its certificate says " + ID, svid("spiffe://here.test/x", new byte[] {1}));
    refused("x509_svid_key is no key", svid(ID, text("SECRET")));
    refused("x509_svid holds no certificates", field(1, field(1, text(ID)), field(2, text("x"))));
    refused("has no certificate", field(1, field(1, text(ID))));
    refused(
        "is not a SPIFFE ID",
        together(svid(ID, IDENTITY.key().getEncoded()), federated("There Test")));
  }

  private static void refused(String why, byte[] message) throws Exception {
    X509SVIDResponse response = X509SVIDResponse.parseFrom(message);
    Failure e = assertThrows(Failure.class, () -> WorkloadMessages.read(response));
    String text = String.valueOf(e.getMessage());
    assertTrue(text.contains(why), text);
    assertFalse(text.contains("SECRET"), text);
  }

  @Test
  void aKeyIsNeverPartOfAText() {
    assertEquals(ID + " until " + IDENTITY.notAfter(), IDENTITY.toString());
    assertEquals("authority of here.test", HERE.toString());
  }
}
