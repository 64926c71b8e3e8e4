package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Url;
import io.patchbay.mesh.NextHops.Door;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.sys.Descriptor;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long a socket known by a descriptor stays open; any file does for that. */
class SocketFilesTest {
  @TempDir Path folder;
  private final Channels channels = new Channels();
  private final SocketFiles sockets = new SocketFiles(channels, 2);

  @AfterEach
  void close() {
    channels.close();
  }

  private Door add(String name) throws IOException {
    Path file = folder.resolve(name);
    if (!Files.exists(file)) {
      Files.createFile(file);
    }
    int descriptor = Descriptor.openPath(file.toString());
    return sockets.add(Descriptor.identify(descriptor), descriptor);
  }

  private static Identity opened(Url url) {
    String path = url.path();
    return Descriptor.identify(Integer.parseInt(path.substring(path.lastIndexOf('/') + 1)));
  }

  @Test
  void aSocketStaysOpenForWhoComesNext() throws Exception {
    Door first = add("a");
    Identity socket = opened(first.url());
    first.close();
    Door next = sockets.find(socket).orElseThrow();
    assertEquals(first.url(), next.url());
    assertEquals(socket, opened(next.url()));
  }

  @Test
  void ofThoseWithoutADoorTheOneLeftLongestAgoGoes() throws Exception {
    Door kept = add("kept");
    Identity used = opened(kept.url());
    Door oldest = add("oldest");
    Identity gone = opened(oldest.url());
    oldest.close();
    Door again = add("again");
    Identity left = opened(again.url());
    again.close();
    sockets.find(gone).orElseThrow().close(); // so 'again' is now the one left longest ago
    add("newest").close();
    assertEquals(3, sockets.size());
    assertEquals(Optional.empty(), sockets.find(left));
    assertTrue(sockets.find(gone).isPresent());
    assertEquals(used, opened(kept.url()));
  }

  @Test
  void aDoorThatIsShutTwiceIsShutOnce() throws Exception {
    Door one = add("a");
    Door other = add("a");
    one.close();
    one.close();
    for (String name : new String[] {"b", "c", "d"}) {
      add(name).close();
    }
    assertNotEquals(Optional.empty(), sockets.find(opened(other.url())));
  }
}
