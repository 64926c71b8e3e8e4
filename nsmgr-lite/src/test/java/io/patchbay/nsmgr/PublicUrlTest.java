package io.patchbay.nsmgr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Url;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Under which address other nodes know us. */
class PublicUrlTest {
  private static Url of(String... listen) {
    List<Url> urls = Arrays.stream(listen).map(Url::parse).toList();
    return PublicUrl.of(urls);
  }

  @Test
  void isTheFirstTcpAddressAsItStands() {
    assertEquals(
        Url.parse("tcp://10.0.0.1:5001"),
        of("unix:///nsm.io.sock", "tcp://10.0.0.1:5001", "tcp://10.0.0.2:5001"));
  }

  @Test
  void withoutTcpIsTheSocketOfThisNode() {
    assertEquals(Url.parse("unix:///nsm.io.sock"), of("unix:///nsm.io.sock"));
  }

  @Test
  void anyAddressBecomesOneOfThisMachine() {
    for (String any : List.of("tcp://:5001", "tcp://0.0.0.0:5001", "tcp://[::]:5001")) {
      Url url = of(any);
      assertEquals(5001, url.port());
      assertTrue(!List.of("", "0.0.0.0", "::").contains(url.host()), url.toString());
    }
  }
}
