package io.patchbay.torshims.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.hwsim.rest.Controller;
import io.patchbay.torshims.RestAccess;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.TlsFiles;
import io.patchbay.torshims.gnmi.SwitchAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whom the driver believes, and what it shows. */
@Timeout(60)
class RestSecurityTest {
  @TempDir private Path folder;
  private ControllerRig rig;

  @BeforeEach
  void start() throws IOException {
    rig = new ControllerRig(folder);
    SwitchAuthority authority = new SwitchAuthority(folder, "ca");
    authority.issue("controller", new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    authority.issue("elsewhere", new GeneralName(GeneralName.dNSName, "controller.example.com"));
    authority.issue("shim", new GeneralName(GeneralName.dNSName, "shim"));
    SwitchAuthority stranger = new SwitchAuthority(folder, "stranger");
    stranger.issue("impostor", new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    stranger.issue("other-shim", new GeneralName(GeneralName.dNSName, "shim"));
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private int serve(String token, String certificate) {
    TlsFiles shown =
        TlsFiles.read(file("ca.pem"), file(certificate + ".pem"), file(certificate + ".key"));
    Controller controller = rig.opened.push(Controller.start(token, Optional.of(shown.context())));
    controller.put("tor-1", rig.tor.rest());
    return controller.port();
  }

  private RestSwitch driver(int port, RestAccess access) {
    SwitchEntry entry =
        new SwitchEntry(
            "tor-1",
            "127.0.0.1:" + port,
            null,
            null,
            access,
            null,
            "",
            new SwitchEntry.Deadlines("5s", "30s"));
    return rig.opened.push(new RestSwitch(entry, access, Time.system()));
  }

  private RestAccess byToken() {
    return new RestAccess("", "", file("token"), file("ca.pem"), "", "", false);
  }

  private RestAccess byCertificate() {
    return new RestAccess("", "", "", file("ca.pem"), file("mine.pem"), file("mine.key"), false);
  }

  private void mine(String certificate) throws IOException {
    for (String end : List.of(".pem", ".key")) {
      Files.copy(
          folder.resolve(certificate + end),
          folder.resolve("mine" + end),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static Failure refused(RestSwitch driver) {
    return assertThrows(Failure.class, () -> ControllerRig.read(driver, "Ethernet1"));
  }

  @Test
  void aControllerOfAnotherAuthorityIsNotBelieved() {
    Failure failure = refused(driver(serve(ControllerRig.TOKEN, "impostor"), byToken()));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("PKIX"), failure.getMessage());
  }

  @Test
  void aControllerOfAnotherNameIsNotBelieved() {
    Failure failure = refused(driver(serve(ControllerRig.TOKEN, "elsewhere"), byToken()));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("127.0.0.1"), failure.getMessage());
  }

  @Test
  void whoShowsACertificateNeedsNoToken() throws IOException {
    mine("shim");
    RestSwitch driver = driver(serve("", "controller"), byCertificate());
    ControllerRig.read(driver, "Ethernet1");
  }

  /** They are replaced while it runs, and the connection that stands is not used any more. */
  @Test
  void otherFilesAreUsedAtOnce() throws IOException {
    mine("shim");
    RestSwitch driver = driver(serve("", "controller"), byCertificate());
    ControllerRig.read(driver, "Ethernet1");
    mine("other-shim");
    assertEquals(Failure.Kind.UNAVAILABLE, refused(driver).kind());
    mine("shim");
    ControllerRig.read(driver, "Ethernet1");
    Files.copy(
        folder.resolve("ca.pem"), folder.resolve("kept"), StandardCopyOption.REPLACE_EXISTING);
    Files.copy(
        folder.resolve("stranger.pem"),
        folder.resolve("ca.pem"),
        StandardCopyOption.REPLACE_EXISTING);
    assertEquals(Failure.Kind.UNAVAILABLE, refused(driver).kind());
  }

  @Test
  void aFileThatIsAwayOrSomethingElseIsNamed() throws IOException {
    mine("shim");
    RestSwitch driver = driver(serve("", "controller"), byCertificate());
    Files.delete(folder.resolve("mine.key"));
    Failure away = refused(driver);
    assertEquals(Failure.Kind.UNAVAILABLE, away.kind(), away::toString);
    assertTrue(away.getMessage().contains("mine.key"), away.getMessage());
    Files.writeString(folder.resolve("mine.key"), "-----BEGIN NOTHING-----");
    Failure other = refused(driver);
    assertEquals(Failure.Kind.INVALID, other.kind(), other::toString);
    assertTrue(other.getMessage().contains("mine.key has no private key"), other.getMessage());
  }
}
