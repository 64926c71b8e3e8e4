package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The datagrams between a driver and a switch. A driver's socket is what a connection is. */
public final class BadDatagrams implements Line {
  private static final Logger log = LoggerFactory.getLogger(BadDatagrams.class);
  private static final int DATAGRAM_MAX = 65_507;

  private final InetSocketAddress to;
  private final DatagramSocket door;
  private final Map<SocketAddress, DatagramSocket> towards = new ConcurrentHashMap<>();
  private volatile BooleanSupplier cut = () -> false;
  private volatile boolean diesWithIt;
  private volatile boolean dead;
  private volatile boolean silent;

  /**
   * @param to the port of this host at which the switch listens
   */
  public BadDatagrams(int to) throws IOException {
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    this.to = new InetSocketAddress(loopback, to);
    this.door = new DatagramSocket(0, loopback);
    Thread.ofVirtual().start(this::receive);
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

  /** A socket that is open keeps others from having its port. */
  @Override
  public int connections() {
    return (int)
        towards.keySet().stream().filter(address -> isTaken((InetSocketAddress) address)).count();
  }

  private static boolean isTaken(InetSocketAddress address) {
    try (DatagramSocket ours = new DatagramSocket(address)) {
      log.debug("{} is free", ours);
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  @Override
  public void close() {
    door.close();
    towards.values().forEach(DatagramSocket::close);
  }

  private void receive() {
    passAll(
        door,
        packet -> {
          if (!dead) {
            DatagramSocket far = towards.computeIfAbsent(packet.getSocketAddress(), this::far);
            far.send(new DatagramPacket(packet.getData(), packet.getLength(), to));
          }
        });
  }

  private DatagramSocket far(SocketAddress driver) {
    try {
      DatagramSocket far = new DatagramSocket();
      Thread.ofVirtual().start(() -> passAll(far, packet -> answer(packet, driver)));
      return far;
    } catch (SocketException e) {
      throw new Failure(Failure.Kind.INTERNAL, "no socket", e);
    }
  }

  private void answer(DatagramPacket packet, SocketAddress driver) throws IOException {
    if (cut.getAsBoolean()) {
      cut = () -> false;
      dead = diesWithIt;
    } else if (!silent && !dead) {
      door.send(new DatagramPacket(packet.getData(), packet.getLength(), driver));
    }
  }

  /** What is done with a datagram. */
  private interface Passing {
    void pass(DatagramPacket packet) throws IOException;
  }

  private static void passAll(DatagramSocket from, Passing passing) {
    byte[] bytes = new byte[DATAGRAM_MAX];
    while (!from.isClosed()) {
      try {
        DatagramPacket packet = new DatagramPacket(bytes, bytes.length);
        from.receive(packet);
        packet.setData(Arrays.copyOf(packet.getData(), packet.getLength()));
        passing.pass(packet);
      } catch (IOException e) {
        log.debug("a datagram is lost", e);
      }
    }
  }
}
