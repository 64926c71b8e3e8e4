package io.patchbay.mesh;

import java.util.Objects;
import java.util.Optional;

/**
 * Names a thing that a session may hold. A durable thing is a record that survives the process: it
 * is written to the session's journal as JSON, before it is taken and again when it is.
 */
public final class Key<T> {
  private final String name;
  private final Optional<Class<T>> durable;

  private Key(String name, Optional<Class<T>> durable) {
    this.name = Objects.requireNonNull(name);
    this.durable = durable;
  }

  /** A thing that dies with the process anyway: a timer, a stream, a handle. */
  public static <T> Key<T> soft(String name) {
    return new Key<>(name, Optional.empty());
  }

  /** A thing that outlives the process: an interface, a VLAN, a switch port. */
  public static <T> Key<T> durable(String name, Class<T> type) {
    return new Key<>(name, Optional.of(type));
  }

  /** The name, unique within a chain. */
  public String name() {
    return name;
  }

  Optional<Class<T>> durable() {
    return durable;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Key<?> key && name.equals(key.name);
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }
}
