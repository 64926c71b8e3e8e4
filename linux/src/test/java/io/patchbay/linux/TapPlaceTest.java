package io.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.base.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** A tap knows where it is, as long as it is anywhere. */
class TapPlaceTest {
  @Test
  void followsTheDeviceUntilItIsGone() {
    Assumptions.assumeTrue(Files.isWritable(Path.of("/dev/net/tun")), "needs root: /dev/net/tun");
    try (NetworkNamespace home = NetworkNamespace.create();
        NetworkNamespace pod = NetworkNamespace.create();
        TapDevice tap = TapDevice.create("tap0", home)) {
      assertEquals(Optional.of(new TapDevice.Place("tap0", home.inode())), tap.place());
      home.links().moveAndRename(home.links().require("tap0").index(), pod, "eth0");
      assertEquals(Optional.of(new TapDevice.Place("eth0", pod.inode())), tap.place());
      pod.close();
      Await.until("the tap is gone", Duration.ofSeconds(10), () -> tap.place().isEmpty());
    }
  }
}
