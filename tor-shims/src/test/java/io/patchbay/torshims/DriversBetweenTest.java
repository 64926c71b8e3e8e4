package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Drivers that stand before another. */
class DriversBetweenTest {
  /** What has a default in the interface would else be answered before it comes to the switch. */
  @ParameterizedTest
  @ValueSource(classes = {HeardDriver.class, LeasedDriver.class, DialLimitedDriver.class})
  void passEverythingOn(Class<?> driver) {
    assertEquals(Set.of(), without(names(driver)));
  }

  private static Set<String> without(Set<String> own) {
    return names(SwitchDriver.class).stream()
        .filter(name -> !own.contains(name))
        .collect(Collectors.toSet());
  }

  private static Set<String> names(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .map(Method::getName)
        .collect(Collectors.toSet());
  }
}
