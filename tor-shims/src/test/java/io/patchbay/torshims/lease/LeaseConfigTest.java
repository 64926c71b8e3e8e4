package io.patchbay.torshims.lease;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused of an environment, and in which words. */
class LeaseConfigTest {
  @TempDir private Path folder;

  private Lease open(String name, Map<String, String> environment) {
    return Environment.read(LeaseConfig.class, environment).open(folder, name, new FakeTime());
  }

  /**
   * @param variables without {@code PATCHBAY_}, separated by blanks
   */
  private static Map<String, String> environment(String variables) {
    Map<String, String> environment = new HashMap<>(Map.of("PATCHBAY_LEASE", "etcd"));
    for (String each : variables.split(" ")) {
      String[] parts = each.split("=", 2);
      environment.put("PATCHBAY_" + parts[0], parts[1]);
    }
    return environment;
  }

  private void refused(String words, String name, Map<String, String> environment) {
    Failure refused = assertThrows(Failure.class, () -> open(name, environment));
    assertEquals(Failure.Kind.INVALID, refused.kind());
    assertTrue(refused.getMessage().startsWith(words), refused::toString);
  }

  @ParameterizedTest
  @CsvSource({
    "LEASE=lock, PATCHBAY_LEASE=lock: write file",
    "ETCD=, PATCHBAY_ETCD: write 1 to 9 members",
    "ETCD=a:2379, PATCHBAY_ETCD=a:2379: write https://a:2379",
    "ETCD=unix:///a, PATCHBAY_ETCD=unix:///a: write https://",
    "ETCD=https://a, PATCHBAY_ETCD=https://a: write https://host:2379",
    "ETCD=https://a:2379/v3, PATCHBAY_ETCD=https://a:2379/v3: write https://host:2379",
    "ETCD=https://:2379, PATCHBAY_ETCD=https://:2379: write https://host:2379",
    "ETCD=https://a:2379, PATCHBAY_ETCD=https://a:2379: needs PATCHBAY_ETCD_CA",
    "ETCD=http://a:2379 ETCD_CA=ca, PATCHBAY_ETCD=http://a:2379: is without TLS",
    "ETCD=http://a:2379 ETCD_CERT=c ETCD_KEY=k, PATCHBAY_ETCD=http://a:2379: is without TLS",
    "ETCD=https://a:2379 ETCD_CA=ca ETCD_CERT=c, PATCHBAY_ETCD_CERT and PATCHBAY_ETCD_KEY go",
    "ETCD=http://a:2379 ETCD_USER=shim, PATCHBAY_ETCD_USER and PATCHBAY_ETCD_PASSWORD_FILE go",
    "ETCD=http://10.0.0.1:2379 ETCD_USER=u ETCD_PASSWORD_FILE=p,"
        + " PATCHBAY_ETCD=http://10.0.0.1:2379: the password",
    "ETCD=http://a:2379 ETCD_PREFIX=/, PATCHBAY_ETCD_PREFIX=/: write it as /patchbay",
    "ETCD=http://a:2379 LEASE_DURATION=9s, PATCHBAY_LEASE_DURATION=9 s: an answer of etcd",
  })
  void whatCannotBeRightIsNamed(String variables, String words) {
    refused(words, "tor-shim", environment(variables));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://root:secret@a:2379",
        "root:secret@a:2379",
        "https://b:2379,https://root:a,secret@a:2379",
        "https://root:a@secret@a:2379",
        "https://root:secret/a@a:2379",
      })
  void aPasswordInAnAddressIsNotRepeated(String members) {
    Map<String, String> environment = environment("ETCD=" + members);
    refused("PATCHBAY_ETCD: write members without user and password", "shim", environment);
    Failure refused = assertThrows(Failure.class, () -> open("shim", environment));
    assertFalse(refused.toString().contains("secret"), refused::toString);
    assertTrue(refused.getMessage().contains("PATCHBAY_ETCD_USER"), refused::toString);
  }

  @Test
  void aNameThatWouldMixUpKeysIsRefused() {
    refused("NSM_NAME=a/intent: it is", "a/intent", environment("ETCD=http://a:2379"));
  }

  @ParameterizedTest
  @CsvSource({
    "ETCD=http://a:2379",
    "'ETCD=https://a:2379,https://[::1]:2379 ETCD_CA=ca ETCD_CERT=c ETCD_KEY=k'",
    "'ETCD=http://127.0.0.1:2379,http://localhost:2380 ETCD_USER=u ETCD_PASSWORD_FILE=p'",
    "ETCD=https://10.0.0.1:2379 ETCD_CA=ca ETCD_USER=u ETCD_PASSWORD_FILE=p",
  })
  void whatMayBeRightIsTaken(String variables) {
    assertEquals(SharedLease.class, open("tor-shim", environment(variables)).getClass());
  }
}
