package io.patchbay.mesh.registry;

import com.google.protobuf.Message;
import io.patchbay.base.Await;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** A listener that remembers what it was told, as {@code +name}, {@code -name} and {@code ?}. */
public final class Changes<T extends Message> implements Consumer<Change<T>> {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Kind<T> kind;
  private final List<String> told = new CopyOnWriteArrayList<>();

  public Changes(Kind<T> kind) {
    this.kind = kind;
  }

  @Override
  public void accept(Change<T> change) {
    told.add(
        switch (change) {
          case Change.Present<T> present -> "+" + kind.name(present.entry());
          case Change.Gone<T> gone -> "-" + kind.name(gone.entry());
          case Change.Lost<T> lost -> "?";
        });
  }

  /** All that was told so far. */
  public List<String> told() {
    return List.copyOf(told);
  }

  /** Waits until exactly this has been told. */
  public void await(String... wanted) {
    if (!Await.comesTrue(PATIENCE, () -> told.equals(List.of(wanted)))) {
      throw new AssertionError("wanted " + List.of(wanted) + ", was told " + told);
    }
  }

  /** Waits until something has been told, whatever else has. */
  public void awaitAny(String wanted) {
    Await.until(wanted + " told", PATIENCE, () -> told.contains(wanted));
  }
}
