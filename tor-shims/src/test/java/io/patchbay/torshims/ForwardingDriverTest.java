package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ForwardingDriverTest {
  /**
   * One that is not passed on would be answered by its default, as if the switch could not do it.
   */
  @Test
  void everyCallIsPassedOn() {
    assertEquals(List.of(), forgotten(SwitchDriver.class, ForwardingDriver.class));
    assertEquals(List.of(), forgotten(SwitchDriver.Watcher.class, ForwardingWatcher.class));
  }

  private static List<String> forgotten(Class<?> all, Class<?> forwarding) {
    return Arrays.stream(all.getMethods())
        .filter(method -> !declares(forwarding, method))
        .map(Method::getName)
        .toList();
  }

  private static boolean declares(Class<?> forwarding, Method method) {
    return Arrays.stream(forwarding.getDeclaredMethods())
        .anyMatch(own ->
            own.getName().equals(method.getName())
                && Arrays.equals(own.getParameterTypes(), method.getParameterTypes()));
  }
}
