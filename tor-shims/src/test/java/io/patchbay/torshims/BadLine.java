package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A TCP connection's way to a switch. */
final class BadLine implements Line {
  private static final Logger log = LoggerFactory.getLogger(BadLine.class);

  private final int to;
  private final ServerSocket door;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private volatile BooleanSupplier cut = () -> false;
  private volatile boolean diesWithIt;
  private volatile boolean dead;
  private volatile boolean silent;

  /**
   * @param to the port of this host at which the switch listens
   */
  BadLine(int to) throws IOException {
    this.to = to;
    this.door = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    Thread.ofVirtual().start(this::accept);
  }

  @Override
  public int port() {
    return door.getLocalPort();
  }

  @Override
  public void cutOnce(BooleanSupplier when) {
    cut = when;
  }

  @Override
  public void dieOnce(BooleanSupplier when) {
    diesWithIt = true;
    cut = when;
  }

  @Override
  public void silent() {
    silent = true;
  }

  @Override
  public int connections() {
    return connections.get();
  }

  /** Every connection breaks; new ones may be made. */
  void hangUp() {
    open.forEach(BadLine::close);
  }

  @Override
  public void close() {
    close(door);
    hangUp();
  }

  private static void close(Closeable what) {
    try {
      what.close();
    } catch (IOException e) {
      throw new Failure(Failure.Kind.INTERNAL, "cannot close " + what, e);
    }
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        Socket near = door.accept();
        if (dead) {
          near.close();
          continue;
        }
        Socket far = new Socket(InetAddress.getByName("127.0.0.1"), to);
        open.addAll(Set.of(near, far));
        if (door.isClosed()) { // while this one came in
          hangUp();
        }
        connections.incrementAndGet();
        Thread.ofVirtual().start(() -> pass(near, far, false));
        Thread.ofVirtual().start(() -> pass(far, near, true));
      } catch (IOException e) {
        hangUp(); // closed, or the switch is gone
      }
    }
  }

  private void pass(Socket from, Socket onto, boolean answers) {
    byte[] bytes = new byte[65536];
    try (from;
        onto) {
      InputStream in = from.getInputStream();
      OutputStream out = onto.getOutputStream();
      for (int count = in.read(bytes); count > 0; count = in.read(bytes)) {
        if (answers && cut.getAsBoolean()) {
          cut = () -> false;
          dead = diesWithIt;
          break;
        }
        if (!answers || !silent) {
          out.write(bytes, 0, count);
        }
      }
    } catch (IOException e) {
      log.debug("a connection broke", e);
    } finally {
      open.remove(from);
      if (answers) {
        connections.decrementAndGet();
      }
    }
  }
}
