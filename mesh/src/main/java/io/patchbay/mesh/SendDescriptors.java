package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.sockets.FdPort;
import io.patchbay.sockets.Peer;
import java.util.Optional;

/**
 * At an endpoint: names its own end, a {@code file://} in this process, by inode, and sends the
 * descriptor with the answer (contracts/nsm.md 2.3).
 */
public final class SendDescriptors implements Link {
  @Override
  public Connection request(Call call, Handler next) {
    Optional<FdPort> caller = Peer.find().flatMap(Peer::descriptors);
    return InodeUrls.change(next.request(call), url -> named(url, caller));
  }

  private static String named(String url, Optional<FdPort> caller) {
    if (!OwnFile.is(url)) {
      return url;
    }
    try (OwnFile file = OwnFile.open(url)) {
      caller.ifPresent(port -> port.send(file.descriptor()));
      return file.url();
    }
  }
}
