package io.patchbay.mesh.registry;

import static io.patchbay.mesh.registry.Entries.endpoint;
import static io.patchbay.mesh.registry.Entries.labelled;
import static io.patchbay.mesh.registry.Entries.service;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names of other domains (contracts/nsm.md section 7). */
class DomainsTest {
  @ParameterizedTest
  @CsvSource({
    "svc, svc, ",
    "svc@example.com, svc, example.com",
    "svc@a@b, svc, a@b",
    "svc@10.0.0.1:5002, svc, 10.0.0.1:5002",
    "svc@, svc, ''",
  })
  void theFirstAtDivides(String name, String local, String domain) {
    assertEquals(local, Domains.local(name));
    assertEquals(Optional.ofNullable(domain), Domains.domain(name));
  }

  @Test
  void anEndpointsNameServicesAndLabelKeysAreTranslated() {
    NetworkServiceEndpoint ours =
        labelled(endpoint("nse@far", "tcp://h:1", "a@far", "b@far"), "a@far", "app=x");
    NetworkServiceEndpoint theirs = labelled(endpoint("nse", "tcp://h:1", "a", "b"), "a", "app=x");
    assertEquals(theirs, Domains.strip(Kind.ENDPOINTS, ours));
    assertEquals(ours, Domains.append(Kind.ENDPOINTS, theirs, "far"));
  }

  @Test
  void anEmptyNameInAQueryStaysEmpty() {
    assertEquals(
        endpoint("", "", "a@far"), Domains.append(Kind.ENDPOINTS, endpoint("", "", "a"), "far"));
    assertEquals(service(""), Domains.append(Kind.SERVICES, service(""), "far"));
  }

  @Test
  void anEntryIsOfTheDomainThatAnyOfItsNamesIs() {
    assertEquals(Optional.empty(), Domains.of(Kind.ENDPOINTS, endpoint("nse", "", "a")));
    assertEquals(Optional.of("far"), Domains.of(Kind.ENDPOINTS, endpoint("nse", "", "a@far")));
    assertEquals(Optional.of("far"), Domains.of(Kind.SERVICES, service("a@far")));
    Failure failure =
        assertThrows(
            Failure.class, () -> Domains.of(Kind.ENDPOINTS, endpoint("nse@near", "", "a@far")));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(Failure.text(failure).contains("far and near"), Failure.text(failure));
  }
}
