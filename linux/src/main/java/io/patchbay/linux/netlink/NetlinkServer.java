package io.patchbay.linux.netlink;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.linux.sys.Descriptor.Readiness;
import io.patchbay.linux.sys.SocketAddress;
import io.patchbay.linux.sys.SystemSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers netlink datagrams on a unix SEQPACKET socket, for whoever imitates the kernel. The
 * handler gets a request datagram and returns the reply datagrams; it is called on a platform
 * thread of each client, so it must be safe for several. At most {@value #CLIENTS} clients at a
 * time.
 */
public final class NetlinkServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NetlinkServer.class);
  private static final int CLIENTS = 64;

  private final Path path;
  private final SystemSocket listener;
  private final Function<byte[], List<byte[]>> handler;

  @GuardedBy("clients")
  private final Set<SystemSocket> clients = new HashSet<>();

  @GuardedBy("clients")
  private boolean closed;

  private NetlinkServer(Path path, Function<byte[], List<byte[]>> handler) {
    this.path = path;
    this.handler = handler;
    removeFile();
    listener =
        SystemSocket.open(SocketAddress.UNIX, SystemSocket.SEQPACKET, 0, "netlink at " + path)
            .bind(SocketAddress.unix(path))
            .listen(CLIENTS);
  }

  /** Listens at a socket file, replacing an old one; close removes it. */
  public static NetlinkServer listen(Path path, Function<byte[], List<byte[]>> handler) {
    NetlinkServer server = new NetlinkServer(path, handler);
    Thread.ofPlatform().daemon().name("netlink-server").start(server::accept);
    return server;
  }

  private void accept() {
    Optional<SystemSocket> client = listener.accept();
    while (client.isPresent()) {
      SystemSocket socket = client.get();
      if (add(socket)) {
        Thread.ofPlatform().daemon().name("netlink-client").start(() -> serve(socket));
      } else {
        socket.close();
      }
      client = listener.accept();
    }
  }

  private boolean add(SystemSocket client) {
    synchronized (clients) {
      return !closed && clients.size() < CLIENTS && clients.add(client);
    }
  }

  private void serve(SystemSocket client) {
    try (client) {
      while (answer(client)) {
        log.trace("answered at {}", path);
      }
    } catch (RuntimeException e) {
      log.warn("dropping a netlink client at {}: {}", path, Failure.text(e), e);
    } finally {
      synchronized (clients) {
        clients.remove(client);
      }
    }
  }

  private boolean answer(SystemSocket client) {
    Readiness readiness = client.await(Duration.ofDays(1));
    if (readiness == Readiness.TIMED_OUT) {
      return true;
    }
    byte[] request = readiness == Readiness.CLOSED ? new byte[0] : client.receive();
    if (request.length == 0) {
      return false;
    }
    for (byte[] reply : handler.apply(request)) {
      client.send(reply, reply.length);
    }
    return true;
  }

  private void removeFile() {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.INVALID, "cannot remove the old socket file " + path, e);
    }
  }

  @Override
  public void close() {
    synchronized (clients) {
      if (closed) {
        return;
      }
      closed = true;
      clients.forEach(SystemSocket::close);
    }
    listener.close();
    removeFile();
  }
}
