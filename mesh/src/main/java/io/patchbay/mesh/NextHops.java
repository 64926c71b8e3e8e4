package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Url;

/**
 * Where a next hop can be dialled whose address is no path that we see: an endpoint's socket lies
 * in its own container, and is known by its inode and a descriptor (contracts/nsm.md fact 8).
 */
@FunctionalInterface
public interface NextHops {
  /** Every address is dialled as it is. */
  NextHops AS_NAMED = (target, connection) -> new Door(target, () -> {});

  /**
   * Opens a way to the next hop, good until it is closed; may ask a registry, and block for as long
   * as that takes. Throws Failure UNAVAILABLE when there is none.
   *
   * @param target the hop's address
   * @param connection what it is to be asked
   */
  Door open(Url target, Connection connection);

  /**
   * The address under which the hop with this address is known now: a process that comes back has
   * another socket, and is still the one that holds what its predecessor held. The same if nothing
   * else is known.
   */
  default Url now(Url target) {
    return target;
  }

  /**
   * A way to a hop.
   *
   * @param url what is to be dialled
   */
  record Door(Url url, Runnable shut) implements AutoCloseable {
    @Override
    public void close() {
      shut.run();
    }
  }
}
