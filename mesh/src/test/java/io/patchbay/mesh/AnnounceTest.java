package io.patchbay.mesh;

import java.util.Set;

/** Announce as a link: it holds what watchers see. */
class AnnounceTest extends LinkContractTest {
  private final Announce announce = new Announce();

  @Override
  protected Link link() {
    return announce;
  }

  @Override
  protected Set<String> heldOutside() {
    return announce.announced();
  }
}
