package io.patchbay.sriovmanager;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.linux.ArpAnnouncement;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.IpSetup;
import io.patchbay.linux.Links;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.Namespaces;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.PacketSocket;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.IpSide;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the VF in the pod what the answer says: MTU, addresses, routes, and tells its neighbours.
 * Says nothing to the kernel when nothing has changed. There is nothing to undo: the kernel takes
 * all of it off when the interface leaves the namespace.
 */
final class Address implements Link {
  private static final Logger log = LoggerFactory.getLogger(Address.class);
  private static final Key<Applied> KEY = Key.durable("address", Applied.class);

  /** What was set, in words, to be compared. */
  record Applied(String side) {}

  @Override
  public Connection request(Call call, Handler next) {
    Connection answer = next.request(call);
    Session session = call.session();
    if (Lent.in(session).isDevice()) {
      return answer; // what to do with the addresses is for its container to know
    }
    IpSide side = IpSide.client(answer.getContext());
    Applied wanted = new Applied(side.toString());
    if (session.held(KEY).filter(wanted::equals).isEmpty()) {
      apply(Lent.in(session), side);
      session.replace(KEY, wanted, gone -> {});
    }
    return answer;
  }

  private static void apply(Lent lent, IpSide side) {
    IpSetup setup = setup(side);
    try (NetworkNamespace pod = Namespaces.open(lent.hold().namespace())) {
      Links links = pod.links();
      var vf = links.require(lent.hold().interfaceName());
      if (side.mtu() > 0 && side.mtu() != vf.mtu()) {
        links.mtu(vf.index(), side.mtu());
      }
      links.up(vf.index());
      setup.apply(links, vf.index());
      announce(pod, vf, setup);
    }
  }

  private static IpSetup setup(IpSide side) {
    return new IpSetup(
        side.addresses().stream().map(IpPrefix::parse).toList(),
        side.peers().stream().map(IpPrefix::parse).toList(),
        side.routes().stream()
            .map(route ->
                new IpSetup.Via(
                    IpPrefix.parse(route.prefix()), route.nextHop().map(IpPrefix::literal)))
            .toList(),
        side.neighbours().stream()
            .map(known ->
                new IpSetup.Known(IpPrefix.literal(known.ip()), MacAddress.parse(known.mac())))
            .toList());
  }

  /** A courtesy to neighbours that knew the address elsewhere; the wire works without it. */
  private static void announce(NetworkNamespace pod, io.patchbay.linux.Link vf, IpSetup setup) {
    try {
      PacketSocket socket = PacketSocket.open(pod, vf);
      try {
        setup.addresses().stream()
            .filter(prefix -> !prefix.isIpv6())
            .forEach(prefix -> socket.send(ArpAnnouncement.frame(vf.mac(), prefix.address())));
      } finally {
        // It takes the kernel an RCU grace period, some 20 ms, that no request need wait for.
        var unused = Thread.ofPlatform().daemon().name("announced").start(socket::close);
      }
    } catch (Failure e) {
      log.debug("{} could not announce itself: {}", vf.name(), Failure.text(e));
    }
  }

  @Override
  public void restore(Session session) {
    var unused = session.adopt(KEY, gone -> {});
  }
}
