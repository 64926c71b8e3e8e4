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
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Gives each connection an address pair from each pool, as host prefixes with a route to the other
 * end: the lower one for the endpoint (contracts/nsm.md section 10). Addresses that a request
 * brings along are taken up again if they are free; excluded prefixes are never given.
 */
final class PointToPoint implements Link {
  private static final Key<List<Pair>> PAIRS = Key.soft("addresses");

  private record Pair(PrefixPool pool, InetAddress endpoint, InetAddress client) {
    void giveBack() {
      pool.giveBack(endpoint);
      pool.giveBack(client);
    }
  }

  private final List<List<PrefixPool>> groups;

  /**
   * @param prefixes {@code NSM_CIDR_PREFIX}: groups; inside a group the next prefix serves when the
   *     former is exhausted
   */
  PointToPoint(List<List<IpPrefix>> prefixes) {
    groups = prefixes.stream().map(group -> group.stream().map(PrefixPool::new).toList()).toList();
  }

  /** Reads {@code a,b} (two pools) and {@code [a,b],[c]} (groups). Throws Failure INVALID. */
  static List<List<IpPrefix>> parse(String text) {
    List<List<IpPrefix>> groups = new ArrayList<>();
    String rest = text.strip();
    while (!rest.isEmpty()) {
      boolean grouped = rest.startsWith("[");
      int end = grouped ? rest.indexOf(']') : (rest + ",").indexOf(',');
      if (end < 0) {
        throw new Failure(
            Failure.Kind.INVALID, "NSM_CIDR_PREFIX='" + text + "': a '[' is not closed");
      }
      String group = grouped ? rest.substring(1, end) : rest.substring(0, end);
      groups.add(
          List.of(group.split(",", -1)).stream().map(String::strip).map(IpPrefix::parse).toList());
      rest = rest.substring(Math.min(rest.length(), grouped ? end + 1 : end)).strip();
      rest = rest.startsWith(",") ? rest.substring(1).strip() : rest;
    }
    return List.copyOf(groups);
  }

  @Override
  public Connection request(Call call, Handler next) {
    IPContext asked = call.connection().getContext().getIpContext();
    if (call.session()
        .held(PAIRS)
        .filter(pairs -> pairs.stream().anyMatch(pair -> isExcluded(pair, asked)))
        .isPresent()) {
      call.session().release(PAIRS);
    }
    List<Pair> pairs =
        call.session().hold(PAIRS, () -> take(asked), held -> held.forEach(Pair::giveBack));
    return next.request(
        call.edit(connection ->
            connection.setContext(
                connection.getContext().toBuilder().setIpContext(context(asked, pairs)))));
  }

  private List<Pair> take(IPContext asked) {
    List<Pair> taken = new ArrayList<>();
    try {
      for (List<PrefixPool> group : groups) {
        taken.add(take(group, asked));
      }
    } catch (Failure e) {
      taken.forEach(Pair::giveBack);
      throw e;
    }
    return List.copyOf(taken);
  }

  private static Pair take(List<PrefixPool> group, IPContext asked) {
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

  private static Pair take(PrefixPool pool, IPContext asked) {
    Predicate<InetAddress> allowed = address -> !isExcluded(address, asked);
    InetAddress endpoint =
        readopt(pool, asked.getDstIpAddrsList(), allowed).orElseGet(() -> pool.take(allowed));
    try {
      InetAddress client =
          readopt(pool, asked.getSrcIpAddrsList(), allowed).orElseGet(() -> pool.take(allowed));
      return new Pair(pool, endpoint, client);
    } catch (Failure e) {
      pool.giveBack(endpoint);
      throw e;
    }
  }

  private static Optional<InetAddress> readopt(
      PrefixPool pool, List<String> addresses, Predicate<InetAddress> allowed) {
    return addresses.stream()
        .map(prefix -> IpPrefix.parse(prefix).address())
        .filter(allowed)
        .flatMap(address -> pool.take(address).stream())
        .findFirst();
  }

  private static boolean isExcluded(Pair pair, IPContext asked) {
    return isExcluded(pair.client(), asked) || isExcluded(pair.endpoint(), asked);
  }

  private static boolean isExcluded(InetAddress address, IPContext asked) {
    return asked.getExcludedPrefixesList().stream()
        .map(IpPrefix::parse)
        .anyMatch(prefix -> prefix.contains(address));
  }

  private static IPContext context(IPContext asked, List<Pair> pairs) {
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
