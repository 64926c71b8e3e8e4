package io.patchbay.torshims.netconf;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;

/**
 * The driver against {@link Netconfd} with a candidate datastore: {@code mvn verify -Pnetconfd}.
 */
@Tag("netconfd")
class NetconfdCandidateTest extends CandidateSuite {
  @Override
  Target open(Path home) {
    return new Netconfd(home, "--target=candidate");
  }

  @Override
  boolean tells() {
    return true;
  }

  @Override
  List<String> order() {
    return Netconfd.ORDER;
  }
}
