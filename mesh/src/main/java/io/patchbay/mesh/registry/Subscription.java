package io.patchbay.mesh.registry;

/** A watch under way. It ends by being closed, and never by itself. */
@FunctionalInterface
public interface Subscription extends AutoCloseable {
  /** Ends the watch; a change already on its way may still arrive. Closing twice does nothing. */
  @Override
  void close();
}
