package io.patchbay.torshims.snmp;

import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.snmp4j.TransportMapping;
import org.snmp4j.TransportStateReference;
import org.snmp4j.smi.Address;
import org.snmp4j.smi.UdpAddress;
import org.snmp4j.transport.DefaultUdpTransportMapping;
import org.snmp4j.transport.TransportListener;

/**
 * Where the switches of a fabric send their SNMP notifications. A datagram is given to whom its
 * source address is that of, and dropped, unread, where that is nobody. Safe for all threads.
 */
public final class TrapSocket implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TrapSocket.class);

  /** More senders than that are not named: their number is up to them. */
  private static final int STRANGERS_MOST = 64;

  private final DefaultUdpTransportMapping socket;
  private final Map<InetAddress, Set<TransportListener>> routes = new ConcurrentHashMap<>();

  /** Who has been named in the log. */
  private final Set<InetAddress> strangers = ConcurrentHashMap.newKeySet();

  private TrapSocket(DefaultUdpTransportMapping socket) {
    this.socket = socket;
  }

  /**
   * Listens from now on.
   *
   * @param at {@code udp://host:port}; without a host, on all addresses
   * @throws Failure INVALID for another kind of address; UNAVAILABLE where it is taken, or this
   *     process may not listen there
   */
  public static TrapSocket open(Url at) {
    check(at);
    try {
      InetSocketAddress address =
          at.host().isEmpty()
              ? new InetSocketAddress(at.port())
              : new InetSocketAddress(InetAddress.getByName(at.host()), at.port());
      UdpAddress local = new UdpAddress(address.getAddress(), address.getPort());
      TrapSocket traps = new TrapSocket(new DefaultUdpTransportMapping(local));
      traps.socket.addTransportListener(traps.new Router());
      traps.socket.listen();
      return traps;
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot listen at " + at + ": " + Failure.text(e), e);
    }
  }

  /** Throws {@link Failure} of kind INVALID for what is not {@code udp://host:port}. */
  public static void check(Url at) {
    if (!at.scheme().equals("udp") || at.port() < 0) {
      throw new Failure(Failure.Kind.INVALID, at + ": write udp://:162, or udp://address:port");
    }
  }

  /** The port that it listens at. */
  int port() {
    return socket.getListenAddress().getPort();
  }

  /** Gives what comes from an address to a dispatcher, too, until what is returned is run. */
  Runnable route(InetAddress from, TransportListener to) {
    routes.computeIfAbsent(from, none -> ConcurrentHashMap.newKeySet()).add(to);
    return () ->
        routes.computeIfPresent(
            from,
            (same, those) -> {
              those.remove(to);
              return those.isEmpty() ? null : those;
            });
  }

  /** On the socket's one thread. */
  private final class Router implements TransportListener {
    @Override
    public <A extends Address> void processMessage(
        TransportMapping<? super A> transport,
        A from,
        ByteBuffer message,
        TransportStateReference state) {
      if (from instanceof UdpAddress address) {
        Set<TransportListener> those = routes.get(address.getInetAddress());
        if (those != null) {
          those.forEach(to -> to.processMessage(transport, from, message.duplicate(), state));
        } else if (strangers.size() < STRANGERS_MOST && strangers.add(address.getInetAddress())) {
          log.warn(
              "{} sends notifications, and no switch is asked at that address: they are dropped",
              address.getInetAddress().getHostAddress());
        }
      }
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new Failure(Failure.Kind.INTERNAL, "cannot close the socket for SNMP traps", e);
    }
  }
}
