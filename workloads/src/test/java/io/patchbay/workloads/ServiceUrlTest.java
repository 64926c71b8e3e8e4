package io.patchbay.workloads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceUrlTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kernel://svc/nsm-1            | KERNEL | svc             | nsm-1 | {}",
        "svc                           | KERNEL | svc             |       | {}",
        "svc/nsm-1                     | KERNEL | svc             | nsm-1 | {}",
        "svc@my.cluster2               | KERNEL | svc@my.cluster2 |       | {}",
        "vfio://svc@d/if0              | VFIO   | svc@d           | if0   | {}",
        "kernel://svc@10.0.0.1:5002/if | KERNEL | svc@10.0.0.1:5002 | if  | {}",
        "kernel://svc/?a=b             | KERNEL | svc             |       | {a=b}",
        "svc/i?a=b&a=c                 | KERNEL | svc             | i     | '{a=b,c}'",
        "svc/i?a&b=                    | KERNEL | svc             | i     | {a=, b=}",
        "svc/i?a=%2C%26                | KERNEL | svc             | i     | '{a=,&}'",
        "svc/i?sriovToken=d.org/100g   | KERNEL | svc             | i     |"
            + " {sriovToken=d.org/100g}",
      })
  void isReadAndWrittenAgain(
      String text, String mechanism, String service, String name, String labels) {
    ServiceUrl url = ServiceUrl.parse(text);
    assertEquals(mechanism, url.mechanism());
    assertEquals(service, url.service());
    assertEquals(Optional.ofNullable(name), url.interfaceName());
    assertEquals(labels, new java.util.TreeMap<>(url.labels()).toString());
    assertEquals(url, ServiceUrl.parse(url.toString()), "through its text");
    assertEquals(List.of(url, url), ServiceUrl.parseList(url + "," + url), "through a list");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                           | write [kernel://]service",
        "kernel://                    | write [kernel://]service",
        "kernel:///nsm-1              | write [kernel://]service",
        "kernel://@domain/nsm-1       | is not service or service@domain",
        "kernel://svc@/nsm-1          | is not service or service@domain",
        "kernel:/svc                  | is not service or service@domain",
        "svc/a/b                      | write [kernel://]service",
        "svc/a b                      | write [kernel://]service",
        "svc/a-name-that-is-too-long  | 1 to 15 characters",
        "svc/i?=x                     | a label without a name",
        "svc/i?a=%zz                  | Illegal hex",
        "svc/i?sriovToken=100g        | write domain/capability",
        "svc/i?sriovToken=            | write domain/capability",
      })
  void whatIsWrongIsSaidWithTheUrl(String text, String why) {
    Failure failure = assertThrows(Failure.class, () -> ServiceUrl.parse(text));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(
        failure.getMessage().startsWith("network service URL '" + text + "': "),
        failure.getMessage());
    assertTrue(failure.getMessage().contains(why), failure.getMessage());
  }

  @Test
  void aUrlWithoutSchemeIsOfTheMechanismThatIsUsual() {
    assertEquals("MEMIF", ServiceUrl.parse("svc", "memif").mechanism());
    assertEquals("KERNEL", ServiceUrl.parse("kernel://svc", "memif").mechanism());
  }

  @Test
  void emptyPartsOfAListAreNothing() {
    assertEquals(
        List.of(new ServiceUrl("KERNEL", "a", Optional.empty(), Map.of())),
        ServiceUrl.parseList(" , a ,"));
  }
}
