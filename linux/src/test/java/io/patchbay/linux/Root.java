package io.patchbay.linux;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.patchbay.linux.sys.Errno;
import java.util.Optional;

/** What tests on the real kernel have in common. */
final class Root {
  private Root() {}

  /** Skips the test with its reason unless we are root. */
  static void needed(String why) {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: " + why);
  }

  /** The errno of a failure, for assertions. */
  static Optional<Errno> errno(Throwable failure) {
    return Errno.behind(failure);
  }
}
