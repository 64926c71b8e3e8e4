package io.patchbay.base;

import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * A map from key to text that outlives whoever writes it. A change is durable when it returns;
 * where it throws {@link Failure}, nobody may rely on it. Safe for all threads.
 */
public interface DurableMap {
  /** All that is known now. */
  Map<String, String> entries();

  /** Sets a key's text. */
  default void put(String key, String value) {
    putAll(Map.of(key, value));
  }

  /** Sets several keys in one go; whoever dies meanwhile may have set some of them. */
  void putAll(Map<String, String> values);

  /** Forgets a key; free when the key is unknown. */
  default void remove(String key) {
    removeAll(List.of(key));
  }

  /** Forgets several keys in one go, as {@link #putAll} sets them. */
  void removeAll(Collection<String> keys);
}
