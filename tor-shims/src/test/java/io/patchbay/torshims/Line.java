package io.patchbay.torshims;

import java.util.function.BooleanSupplier;

/** The way from a driver to a switch, whatever is spoken on it, with troubles as it is told. */
public interface Line extends AutoCloseable {
  /** Where the driver finds the switch on this host. */
  int port();

  /** Loses one answer, and the connection with it if there is one, when that holds by then. */
  void cutOnce(BooleanSupplier when);

  /** The same, and lets nobody in any more: the process at this end has died. */
  void dieOnce(BooleanSupplier when);

  /** From now on no answer arrives. */
  void silent();

  /** How many connections there are. */
  int connections();

  @Override
  void close();
}
