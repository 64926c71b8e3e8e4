package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * Passes everything on to a driver, and notes how the switch took it. What it notes any thread may
 * read.
 */
final class HeardDriver extends ForwardingDriver {
  private volatile Optional<Boolean> reachable = Optional.empty();
  private final LongAdder lockedOut = new LongAdder();
  private final LongAdder notPermitted = new LongAdder();

  HeardDriver(SwitchDriver driver) {
    super(driver);
  }

  /**
   * Whether the switch let the shim in and answered when it was last asked; empty before it was.
   */
  Optional<Boolean> reachable() {
    return reachable;
  }

  /** Whether it did not when it was last asked. */
  boolean isSilent() {
    return !reachable.orElse(true);
  }

  /** How often it was given up because somebody else had the switch's lock. */
  long lockedOut() {
    return lockedOut.sum();
  }

  /** How often the switch said that the shim's user may not do that. */
  long notPermitted() {
    return notPermitted.sum();
  }

  /** Not noted: a switch that will not tell this is as well as another. */
  @Override
  public Map<String, Set<String>> neighbours() {
    return driver().neighbours();
  }

  /** Not noted, as {@link #neighbours}. */
  @Override
  public Map<String, Boolean> links(Set<String> ports) {
    return driver().links(ports);
  }

  @Override
  <T> T pass(Supplier<T> question) {
    try {
      T answer = question.get();
      reachable = Optional.of(true);
      return answer;
    } catch (Failure e) {
      if (LockHeld.isBehind(e)) {
        lockedOut.increment();
      }
      if (NotPermitted.isBehind(e)) {
        notPermitted.increment();
      }
      reachable = Optional.of(Hindrance.isBehind(e, Hindrance.class) || hasAnswered(e));
      throw e;
    }
  }

  private static boolean hasAnswered(Failure failure) {
    return switch (failure.kind()) {
      case UNAVAILABLE, TIMEOUT, DENIED -> false;
      case INVALID, NOT_FOUND, CONFLICT, EXHAUSTED, UNSUPPORTED, INTERNAL -> true;
    };
  }
}
