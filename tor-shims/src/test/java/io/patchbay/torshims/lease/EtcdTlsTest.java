package io.patchbay.torshims.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.sockets.TransportSecurity;
import io.patchbay.torshims.TlsFiles;
import io.patchbay.torshims.gnmi.SwitchAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whom the way to a {@link FakeEtcd} believes, and what it shows. */
@Timeout(60)
class EtcdTlsTest {
  @TempDir private Path folder;
  private final FakeEtcd etcd = new FakeEtcd();

  @BeforeEach
  void start() throws IOException {
    SwitchAuthority authority = new SwitchAuthority(folder, "ca");
    authority.issue("etcd", new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    authority.issue("elsewhere", new GeneralName(GeneralName.dNSName, "etcd.example.com"));
    authority.issue("shim", new GeneralName(GeneralName.dNSName, "shim"));
    SwitchAuthority stranger = new SwitchAuthority(folder, "stranger");
    stranger.issue("impostor", new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    stranger.issue("other-shim", new GeneralName(GeneralName.dNSName, "shim"));
    show("shim");
    etcd.put("/key", "text");
  }

  @AfterEach
  void stop() {
    etcd.close();
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private void show(String certificate) throws IOException {
    for (String end : List.of(".pem", ".key")) {
      Files.copy(
          folder.resolve(certificate + end),
          folder.resolve("shown" + end),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private EtcdKeys keys(String... members) {
    for (String member : members) {
      TlsFiles files = TlsFiles.read(file("ca.pem"), file(member + ".pem"), file(member + ".key"));
      int unused = etcd.add(Optional.of(new TransportSecurity(files.keys(), files.trust())));
    }
    return new EtcdKeys(
        new EtcdAccess(
            etcd.addresses("https"),
            "/patchbay",
            file("ca.pem"),
            file("shown.pem"),
            file("shown.key"),
            "",
            ""));
  }

  private static void refused(EtcdKeys keys, String words) {
    Failure refused = assertThrows(Failure.class, () -> keys.read("/key"));
    assertEquals(Failure.Kind.UNAVAILABLE, refused.kind());
    assertTrue(refused.getMessage().contains(words), refused::toString);
  }

  @Test
  void anEtcdOfAnotherAuthorityIsNotBelieved() {
    try (EtcdKeys keys = keys("impostor")) {
      refused(keys, "PKIX");
    }
  }

  @Test
  void anEtcdOfAnotherNameIsNotBelieved() {
    try (EtcdKeys keys = keys("elsewhere")) {
      refused(keys, "not for 127.0.0.1");
    }
  }

  @Test
  void anotherMemberIsAskedInsteadOfAnImpostor() {
    try (EtcdKeys keys = keys("impostor", "etcd")) {
      assertEquals("text", keys.read("/key").orElseThrow().text());
    }
  }

  @Test
  void filesThatAreReplacedAreFollowed() throws IOException {
    show("other-shim");
    try (EtcdKeys keys = keys("etcd")) {
      Failure refused = assertThrows(Failure.class, () -> keys.read("/key"));
      assertEquals(Failure.Kind.UNAVAILABLE, refused.kind(), refused::toString);
      show("shim");
      assertEquals("text", keys.read("/key").orElseThrow().text());
      Files.copy(
          folder.resolve("stranger.pem"),
          folder.resolve("ca.pem"),
          StandardCopyOption.REPLACE_EXISTING);
      refused(keys, "PKIX");
      Files.delete(folder.resolve("ca.pem"));
      refused(keys, "cannot read " + file("ca.pem"));
    }
  }

  /** As an editor or a copy leaves it for a moment. */
  @ParameterizedTest
  @CsvSource({"ca.pem, 0", "ca.pem, 200", "shown.pem, 200", "shown.key, 60"})
  void aFileThatIsHalfWrittenIsFollowedWhenItIsWhole(String name, int bytes) throws IOException {
    try (EtcdKeys keys = keys("etcd")) {
      assertEquals("text", keys.read("/key").orElseThrow().text());
      byte[] whole = Files.readAllBytes(folder.resolve(name));
      Files.write(folder.resolve(name), Arrays.copyOf(whole, bytes));
      refused(keys, file(name));
      refused(keys, file(name));
      Files.write(folder.resolve(name), whole);
      assertEquals("text", keys.read("/key").orElseThrow().text());
    }
  }
}
