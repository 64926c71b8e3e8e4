package io.patchbay.mesh;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.util.function.Consumer;

/** One thing in a session's hands. Guarded by the session's turn. */
final class Held<T> {
  final long request;
  Key<T> key;
  T value;
  Consumer<T> release;
  boolean taken;

  Held(Key<T> key, T value, Consumer<T> release, long request) {
    this.key = key;
    this.value = value;
    this.release = release;
    this.request = request;
  }

  void letGo() {
    release.accept(value);
  }

  /** From the journal: its value stays text until the link that knows the type asks for it. */
  static Held<Object> of(SavedSession.Thing thing) {
    Key<Object> key = Key.durable(thing.name(), Object.class);
    Held<Object> held = new Held<>(key, thing.json(), value -> unknown(thing.name()), 0);
    held.taken = thing.taken();
    return held;
  }

  private static void unknown(String name) {
    throw new Failure(
        Failure.Kind.INTERNAL,
        "the journal holds '" + name + "', which no link of this version knows how to release");
  }

  /** Turns the journal's text into the value that the key stands for, once. */
  @SuppressWarnings("unchecked") // the caller found this thing by the key's name
  void understand(Key<?> asked) {
    if (key.durable().filter(Object.class::equals).isPresent()) {
      Key<T> typed = (Key<T>) asked;
      Class<T> type = typed.durable().orElseThrow();
      value = Json.read((String) value, type);
      key = typed;
    }
  }
}
