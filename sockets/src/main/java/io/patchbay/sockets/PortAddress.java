package io.patchbay.sockets;

import io.netty.channel.unix.DomainSocketAddress;

/**
 * The remote address of a unix connection, carrying what belongs to that very connection: the
 * descriptors beside it and who is at the other end. gRPC hands it on as the transport's remote
 * address, which is how both reach a call.
 */
final class PortAddress extends DomainSocketAddress {
  private static final long serialVersionUID = 1L;

  private final transient FdPort port;
  private final transient PeerCredentials credentials;

  PortAddress(String path, FdPort port, PeerCredentials credentials) {
    super(path);
    this.port = port;
    this.credentials = credentials;
  }

  FdPort port() {
    return port;
  }

  PeerCredentials credentials() {
    return credentials;
  }
}
