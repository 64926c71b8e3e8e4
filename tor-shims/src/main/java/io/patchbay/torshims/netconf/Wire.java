package io.patchbay.torshims.netconf;

import java.io.InputStream;
import java.io.OutputStream;

/**
 * A byte stream to a switch and back. Closing ends it at once, also for whoever reads or writes at
 * that moment, and may be repeated.
 */
interface Wire extends AutoCloseable {
  InputStream in();

  OutputStream out();

  @Override
  void close();
}
