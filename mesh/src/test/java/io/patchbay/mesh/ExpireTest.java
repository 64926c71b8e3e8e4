package io.patchbay.mesh;

import java.time.Duration;
import java.util.Set;

/** Expire as a link: it holds a timer. */
class ExpireTest extends LinkContractTest {
  @Override
  protected Link link() {
    return new Expire(time, Duration.ofSeconds(1));
  }

  @Override
  protected Set<String> heldOutside() {
    return time.pending() == 0 ? Set.of() : Set.of(time.pending() + " timers");
  }
}
