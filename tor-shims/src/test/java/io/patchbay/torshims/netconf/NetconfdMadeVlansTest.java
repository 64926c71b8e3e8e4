package io.patchbay.torshims.netconf;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

/** The same with Debian's netconfd. */
@Tag("netconfd")
class NetconfdMadeVlansTest extends MadeVlansTest {
  @Override
  Target open(Path home, boolean candidate) {
    return new Netconfd(home, "--target=" + (candidate ? "candidate" : "running"));
  }

  @Override
  void configure(NetconfSession session) {
    super.configure(session);
    edit(
        session,
        "<network-instances xmlns=\"%s\"><network-instance><name>default</name><config><name>default</name></config></network-instance></network-instances>"
            .formatted(OpenConfigVlans.NETWORK));
  }
}
