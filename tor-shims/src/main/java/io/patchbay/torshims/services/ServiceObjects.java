package io.patchbay.torshims.services;

import io.patchbay.base.Failure;
import io.patchbay.torshims.services.ServiceObject.Verdict;
import java.util.List;

/**
 * Where services are asked for beside the fabric file. Each call ends within seconds. Throws {@link
 * Failure}: UNAVAILABLE when it may go well later, else DENIED or INVALID. One thread at a time.
 */
public interface ServiceObjects extends AutoCloseable {
  /** All that are there, those that came first before others. */
  List<ServiceObject> list();

  /** Writes on an object what has become of it. One that is not there any more is passed over. */
  void tell(ServiceObject object, Verdict verdict);

  @Override
  void close();
}
