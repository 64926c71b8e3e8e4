package io.patchbay.deviceplugin;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.api.vf.WatchRequest;
import io.patchbay.base.Failure;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one stream of catalogs has brought and nobody has taken yet, in one piece: whoever is slow
 * to take it does not fall behind, but gets more at a time. Thread-safe.
 */
final class CatalogInbox implements ClientResponseObserver<WatchRequest, Catalog> {
  @GuardedBy("this")
  private Optional<Catalog> waiting = Optional.empty();

  /** Why the stream ended; empty while it runs. */
  @GuardedBy("this")
  private Optional<String> end = Optional.empty();

  private @Nullable ClientCallStreamObserver<WatchRequest> call;

  @Override
  public void beforeStart(ClientCallStreamObserver<WatchRequest> started) {
    call = started;
  }

  /** Waits for something new. Empty once the stream has ended, and all of it was taken. */
  synchronized Optional<Catalog> take() throws InterruptedException {
    while (waiting.isEmpty() && end.isEmpty()) {
      wait();
    }
    Optional<Catalog> taken = waiting;
    waiting = Optional.empty();
    return taken;
  }

  /** Why the stream ended, for people. */
  synchronized String end() {
    return end.orElse("");
  }

  /** Ends the stream; again it changes nothing. */
  void cancel() {
    if (call != null) {
      call.cancel("nobody listens any more", null);
    }
  }

  @Override
  public synchronized void onNext(Catalog told) {
    waiting = Optional.of(waiting.map(before -> merged(before, told)).orElse(told));
    notifyAll();
  }

  @Override
  public synchronized void onError(Throwable broken) {
    end = Optional.of(Failure.text(broken));
    notifyAll();
  }

  @Override
  public synchronized void onCompleted() {
    end = Optional.of("it ends");
    notifyAll();
  }

  /** What tells the same as two catalogs one after the other. Pure. */
  static Catalog merged(Catalog before, Catalog told) {
    if (!told.getPartial()) {
      return told;
    }
    Map<String, VirtualFunction> functions = new LinkedHashMap<>();
    Set<String> gone = new TreeSet<>(before.getGoneList());
    before.getFunctionsList().forEach(vf -> functions.put(vf.getPciAddress(), vf));
    for (VirtualFunction vf : told.getFunctionsList()) {
      functions.put(vf.getPciAddress(), vf);
      gone.remove(vf.getPciAddress());
    }
    for (String address : told.getGoneList()) {
      functions.remove(address);
      gone.add(address);
    }
    return told.toBuilder()
        .clearFunctions()
        .addAllFunctions(functions.values())
        .setPartial(before.getPartial())
        .clearGone()
        .addAllGone(gone)
        .build();
  }
}
