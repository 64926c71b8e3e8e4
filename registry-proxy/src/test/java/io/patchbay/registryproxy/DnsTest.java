package io.patchbay.registryproxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Type;

/** What DNS says of other domains (contracts/nsm.md section 7). */
class DnsTest {
  private static final String NAME = "registry.nsm-system.my.cluster2";
  private final NameServer server;
  private final Dns dns;

  DnsTest() throws IOException {
    server = new NameServer();
    dns = Dns.of(Optional.of(server.url()));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private Optional<String> found() {
    return dns.service(NAME).map(Url::toString);
  }

  @Test
  void thePortIsOfTheServiceRecordAndTheAddressOfTheNameItself() {
    server
        .with(NAME, Type.SRV, "0 50 5002 elsewhere.my.cluster2.")
        .with(NAME, Type.SRV, "0 50 9999 elsewhere.my.cluster2.")
        .with(NAME, Type.A, "10.0.0.7")
        .with(NAME, Type.AAAA, "fd00::7");
    assertEquals(Optional.of("10.0.0.7"), found().map(url -> Url.parse(url).host()));
    assertTrue(List.of(5002, 9999).contains(dns.service(NAME).orElseThrow().port()));
  }

  @Test
  void aNameWithSixteenBytesOnlyHasBrackets() {
    server.with(NAME, Type.SRV, "0 50 5002 x.").with(NAME, Type.AAAA, "fd00::7");
    assertEquals(Optional.of("tcp://[fd00:0:0:0:0:0:0:7]:5002"), found());
  }

  @Test
  void withoutEitherRecordThereIsNoSuchService() {
    assertEquals(Optional.empty(), found());
    server.with("registry.nsm-system.other", Type.SRV, "0 50 5002 x.");
    assertEquals(Optional.empty(), dns.service("registry.nsm-system.other"));
  }

  @Test
  void whatWasAnsweredIsNotAskedAgain() {
    server.with(NAME, Type.SRV, "0 50 5002 x.").with(NAME, Type.A, "10.0.0.7");
    assertEquals(found(), found());
    assertEquals(List.of(NAME + "/SRV", NAME + "/A"), server.asked);
  }

  @Test
  void aServerInTroubleIsAnOutageNotAnAbsence() {
    server.trouble = Rcode.SERVFAIL;
    Failure failure = assertThrows(Failure.class, this::found);
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind());
    assertTrue(Failure.text(failure).contains(NAME), Failure.text(failure));
  }

  @Test
  void aNameThatDnsCannotHaveIsRefused() {
    Failure failure = assertThrows(Failure.class, () -> dns.service("a..b"));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertThrows(Failure.class, () -> dns.service("x".repeat(300)));
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1:5002, tcp://10.0.0.1:5002",
    "tcp://10.0.0.1:5002, tcp://10.0.0.1:5002",
    "[fd00::1]:5002, tcp://[fd00::1]:5002",
    "example.com:5002,",
    "10.0.0.1,",
    "10.0.0.1:0,",
    "my.cluster2,",
    "unix:///10.0.0.1:5002,",
  })
  void aDomainMayBeAnAddress(String domain, String address) {
    assertEquals(Optional.ofNullable(address), Dns.literal(domain).map(Url::toString));
  }
}
