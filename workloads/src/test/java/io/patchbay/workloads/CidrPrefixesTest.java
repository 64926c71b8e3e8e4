package io.patchbay.workloads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CidrPrefixesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                                   | []",
        "10.0.0.0/8                           | [[10.0.0.0/8]]",
        "10.0.0.0/8, fd00::/64                | [[10.0.0.0/8], [fd00:0:0:0:0:0:0:0/64]]",
        "[10.0.0.0/24,10.0.1.0/24]            | [[10.0.0.0/24, 10.0.1.0/24]]",
        "[10.0.0.0/24, 10.0.1.0/24] , [fd00::/64] "
            + "| [[10.0.0.0/24, 10.0.1.0/24], [fd00:0:0:0:0:0:0:0/64]]",
        "10.0.0.0/24,[10.0.1.0/24]            | [[10.0.0.0/24], [10.0.1.0/24]]",
      })
  void isRead(String text, String groups) {
    assertEquals(groups, CidrPrefixes.parse(text).groups().toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.0.0/33              | prefix length 33",
        "10.0.0.0/8,              | from character",
        "[10.0.0.0/8              | from character 1 on",
        "[10.0.0.0/8]fd00::/64    | from character",
        "[]                       | is not an IPv4 or IPv6 address",
        "ten/8                    | is not an IPv4 or IPv6 address",
        "10.0.0.0/8,10.1.0.0/16   | 10.0.0.0/8 and 10.1.0.0/16 overlap",
        "[10.1.0.0/16],[10.0.0.0/8] | 10.1.0.0/16 and 10.0.0.0/8 overlap",
      })
  void whatIsWrongIsSaidWithTheVariable(String text, String why) {
    Failure failure = assertThrows(Failure.class, () -> CidrPrefixes.parse(text));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    assertTrue(
        failure.getMessage().startsWith("NSM_CIDR_PREFIX='" + text + "': "), failure.getMessage());
    assertTrue(failure.getMessage().contains(why), failure.getMessage());
  }
}
