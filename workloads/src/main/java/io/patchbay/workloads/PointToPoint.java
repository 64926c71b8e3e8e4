package io.patchbay.workloads;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connectioncontext.IPContext;
import io.patchbay.api.connectioncontext.Route;
import io.patchbay.base.Failure;
import io.patchbay.linux.IpPrefix;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Session;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Gives each connection an address pair from each pool, as host prefixes with a route to the other
 * end: the lower one for the endpoint (contracts/nsm.md section 10). Addresses that a request
 * brings along are taken up again if they are free; excluded prefixes are never given.
 */
final class PointToPoint implements Link {
  private static final Key<List<Pair>> PAIRS = Key.soft("addresses");

  private record Pair(PrefixPool pool, InetAddress endpoint, InetAddress client) {
    boolean isIn(List<IpPrefix> prefixes) {
      return prefixes.stream().anyMatch(p -> p.contains(endpoint) || p.contains(client));
    }

    void giveBack() {
      pool.giveBack(endpoint);
      pool.giveBack(client);
    }
  }

  /** What a request says of addresses. */
  private record Asked(List<InetAddress> endpoint, List<InetAddress> client, List<IpPrefix> not) {
    static Asked of(IPContext context) {
      return new Asked(
          addresses(context.getDstIpAddrsList()),
          addresses(context.getSrcIpAddrsList()),
          context.getExcludedPrefixesList().stream().map(IpPrefix::parse).toList());
    }

    private static List<InetAddress> addresses(List<String> prefixes) {
      return prefixes.stream().map(prefix -> IpPrefix.parse(prefix).address()).toList();
    }
  }

  private final List<List<PrefixPool>> groups;

  PointToPoint(CidrPrefixes prefixes) {
    groups =
        prefixes.groups().stream()
            .map(group -> group.stream().map(PrefixPool::new).toList())
            .toList();
  }

  @Override
  public Connection request(Call call, Handler next) {
    IPContext context = call.connection().getContext().getIpContext();
    List<Pair> pairs = hold(call.session(), Asked.of(context));
    return next.request(
        call.edit(connection ->
            connection.setContext(
                connection.getContext().toBuilder().setIpContext(filled(context, pairs)))));
  }

  private List<Pair> hold(Session session, Asked asked) {
    List<Pair> held = session.hold(PAIRS, () -> take(asked), PointToPoint::giveBack);
    if (held.stream().noneMatch(pair -> pair.isIn(asked.not()))) {
      return held;
    }
    List<Pair> others = take(asked);
    session.replace(PAIRS, others, PointToPoint::giveBack);
    giveBack(held);
    return others;
  }

  private static void giveBack(List<Pair> pairs) {
    pairs.forEach(Pair::giveBack);
  }

  private List<Pair> take(Asked asked) {
    List<Pair> taken = new ArrayList<>();
    try {
      for (List<PrefixPool> group : groups) {
        taken.add(take(group, asked));
      }
    } catch (Failure e) {
      giveBack(taken);
      throw e;
    }
    return List.copyOf(taken);
  }

  private static Pair take(List<PrefixPool> group, Asked asked) {
    for (PrefixPool pool : group.subList(0, group.size() - 1)) {
      try {
        return take(pool, asked);
      } catch (Failure e) {
        if (e.kind() != Failure.Kind.EXHAUSTED) {
          throw e;
        }
      }
    }
    return take(group.getLast(), asked);
  }

  private static Pair take(PrefixPool pool, Asked asked) {
    InetAddress endpoint = take(pool, asked.endpoint(), asked.not());
    try {
      return new Pair(pool, endpoint, take(pool, asked.client(), asked.not()));
    } catch (Failure e) {
      pool.giveBack(endpoint);
      throw e;
    }
  }

  /** One of those that the request brings, if it is free, else the lowest. */
  private static InetAddress take(
      PrefixPool pool, List<InetAddress> brought, List<IpPrefix> excluded) {
    return brought.stream()
        .filter(address -> excluded.stream().noneMatch(prefix -> prefix.contains(address)))
        .map(pool::take)
        .flatMap(Optional::stream)
        .findFirst()
        .orElseGet(() -> pool.take(excluded));
  }

  private static IPContext filled(IPContext asked, List<Pair> pairs) {
    IPContext.Builder context =
        asked.toBuilder().clearSrcIpAddrs().clearDstIpAddrs().clearSrcRoutes().clearDstRoutes();
    for (Pair pair : pairs) {
      String client = IpPrefix.host(pair.client()).toString();
      String endpoint = IpPrefix.host(pair.endpoint()).toString();
      context.addSrcIpAddrs(client).addDstIpAddrs(endpoint);
      context.addSrcRoutes(Route.newBuilder().setPrefix(endpoint));
      context.addDstRoutes(Route.newBuilder().setPrefix(client));
    }
    return context.build();
  }
}
