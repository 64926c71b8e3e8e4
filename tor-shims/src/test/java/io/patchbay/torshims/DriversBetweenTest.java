package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
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
    assertEquals(Set.of(), missing(SwitchDriver.class, names(driver)));
  }

  /** Nor does what a driver tells end with who stands before it. */
  @ParameterizedTest
  @ValueSource(classes = {LeasedDriver.class, DialLimitedDriver.class})
  void tellEverythingOn(Class<?> driver) {
    List<Class<?>> watchers =
        Arrays.stream(driver.getNestMembers())
            .filter(SwitchDriver.Watcher.class::isAssignableFrom)
            .toList();
    assertEquals(1, watchers.size());
    assertEquals(Set.of(), missing(SwitchDriver.Watcher.class, names(watchers.getFirst())));
  }

  private static Set<String> missing(Class<?> of, Set<String> own) {
    return names(of).stream().filter(name -> !own.contains(name)).collect(Collectors.toSet());
  }

  private static Set<String> names(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .map(Method::getName)
        .collect(Collectors.toSet());
  }
}
