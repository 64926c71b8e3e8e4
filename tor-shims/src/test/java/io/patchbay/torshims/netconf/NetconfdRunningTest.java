package io.patchbay.torshims.netconf;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/**
 * The driver against {@link Netconfd} of which what is running is edited: {@code mvn verify
 * -Pnetconfd}.
 */
@Tag("netconfd")
class NetconfdRunningTest extends RunningSuite {
  @Override
  Target open(Path home) {
    return new Netconfd(home, "--target=running");
  }

  @Override
  boolean tells() {
    return true;
  }
}
