package io.patchbay.workloads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connectioncontext.ConnectionContext;
import io.patchbay.api.connectioncontext.IPContext;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Connections;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.LinkContractTest;
import io.patchbay.mesh.Sessions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class PointToPointTest extends LinkContractTest {
  private final PointToPoint link = new PointToPoint(CidrPrefixes.parse("10.0.0.0/30"));

  @Override
  protected Link link() {
    return link;
  }

  /** What a newcomer would not get. */
  @Override
  protected Set<String> heldOutside() {
    Pool probe = new Pool(link);
    Set<String> free = new HashSet<>();
    for (int i = 0; i < 2; i++) {
      try {
        free.addAll(addresses(probe.request("probe-" + i, ip -> {})));
      } catch (Failure e) {
        assertEquals(Failure.Kind.EXHAUSTED, e.kind());
      }
    }
    probe.closeAll();
    Set<String> held =
        new HashSet<>(Set.of("10.0.0.0/32", "10.0.0.1/32", "10.0.0.2/32", "10.0.0.3/32"));
    held.removeAll(free);
    return held;
  }

  /** An endpoint that gives addresses. */
  private final class Pool {
    final Sessions sessions = Sessions.inMemory(time);
    final Chain chain;

    Pool(PointToPoint addresses) {
      chain = Chain.of(List.of(sessions, addresses, (call, next) -> call.connection()));
    }

    Pool(String prefixes) {
      this(new PointToPoint(CidrPrefixes.parse(prefixes)));
    }

    Connection request(String id, Consumer<IPContext.Builder> asked) {
      IPContext.Builder ip = IPContext.newBuilder();
      asked.accept(ip);
      return chain.request(
          Connections.call(id, time)
              .edit(c -> c.setContext(ConnectionContext.newBuilder().setIpContext(ip))));
    }

    Connection again(Connection agreed, Consumer<IPContext.Builder> change) {
      Connection.Builder connection = agreed.toBuilder();
      change.accept(connection.getContextBuilder().getIpContextBuilder());
      Call call = Connections.call("any", time);
      return chain.request(
          Call.of(connection.build(), List.of(), new Cause.Refresh(), call.deadline()));
    }

    void closeAll() {
      sessions.all().forEach(session -> session.close());
    }
  }

  private static List<String> addresses(Connection connection) {
    IPContext ip = connection.getContext().getIpContext();
    List<String> all = new ArrayList<>(ip.getDstIpAddrsList());
    all.addAll(ip.getSrcIpAddrsList());
    return all;
  }

  @Test
  void theLowerAddressIsTheEndpointsAndEachKnowsTheWayToTheOther() {
    IPContext ip =
        new Pool("172.16.0.0/24,fd00::/120")
            .request("c", asked -> asked.addExcludedPrefixes("172.16.0.0/31"))
            .getContext()
            .getIpContext();
    assertEquals(List.of("172.16.0.2/32", "fd00:0:0:0:0:0:0:0/128"), ip.getDstIpAddrsList());
    assertEquals(List.of("172.16.0.3/32", "fd00:0:0:0:0:0:0:1/128"), ip.getSrcIpAddrsList());
    assertEquals("172.16.0.2/32", ip.getSrcRoutes(0).getPrefix());
    assertEquals("172.16.0.3/32", ip.getDstRoutes(0).getPrefix());
    assertEquals(List.of("172.16.0.0/31"), ip.getExcludedPrefixesList());
  }

  @Test
  void whatARequestBringsAlongIsTakenUpAgainIfItIsFree() {
    Pool pool = new Pool("10.0.0.0/24");
    Consumer<IPContext.Builder> earlier =
        ip -> ip.addDstIpAddrs("10.0.0.8/32").addSrcIpAddrs("10.0.0.9/32");
    assertEquals(
        List.of("10.0.0.8/32", "10.0.0.9/32"), addresses(pool.request("restarted", earlier)));
    assertEquals(List.of("10.0.0.0/32", "10.0.0.1/32"), addresses(pool.request("late", earlier)));
    assertEquals(
        List.of("10.0.0.2/32", "10.0.0.3/32"),
        addresses(pool.request("stranger", ip -> ip.addSrcIpAddrs("192.168.0.1/32"))));
  }

  @Test
  void anAddressThatComesToBeExcludedIsExchanged() {
    Pool pool = new Pool("10.0.0.0/24");
    Connection agreed = pool.request("c", ip -> {});
    assertEquals(agreed, pool.again(agreed, ip -> {}));
    Connection moved = pool.again(agreed, ip -> ip.addExcludedPrefixes("10.0.0.0/29"));
    assertEquals(List.of("10.0.0.8/32", "10.0.0.9/32"), addresses(moved));
    assertEquals(List.of("10.0.0.0/32", "10.0.0.1/32"), addresses(pool.request("d", ip -> {})));
    assertThrows(
        Failure.class, () -> pool.again(moved, ip -> ip.addExcludedPrefixes("10.0.0.0/8")));
    assertEquals(moved, pool.again(moved, ip -> {}), "still held");
  }

  @Test
  void theNextPrefixOfAGroupServesWhenTheFormerIsExhausted() {
    Pool pool = new Pool("[10.0.0.0/31,10.0.1.0/31],[10.1.0.0/30]");
    assertEquals(
        List.of("10.0.0.0/32", "10.1.0.0/32", "10.0.0.1/32", "10.1.0.1/32"),
        addresses(pool.request("a", ip -> {})));
    assertEquals(
        List.of("10.0.1.0/32", "10.1.0.2/32", "10.0.1.1/32", "10.1.0.3/32"),
        addresses(pool.request("b", ip -> {})));
    Failure failure = assertThrows(Failure.class, () -> pool.request("c", ip -> {}));
    assertEquals(Failure.Kind.EXHAUSTED, failure.kind());
    assertEquals("no address is left in 10.0.1.0/31", failure.getMessage());
  }

  @Test
  void aLargeExclusionCostsNothing() {
    Connection connection =
        new Pool("fd00::/64").request("c", ip -> ip.addExcludedPrefixes("fd00::/65"));
    assertEquals(
        List.of("fd00:0:0:0:8000:0:0:0/128", "fd00:0:0:0:8000:0:0:1/128"), addresses(connection));
  }

  @Test
  void nonsenseInARequestIsRefused() {
    Failure failure =
        assertThrows(
            Failure.class, () -> new Pool("10.0.0.0/24").request("c", ip -> ip.addSrcIpAddrs("x")));
    assertEquals(Failure.Kind.INVALID, failure.kind());
  }

  /** Random requests, refreshes and closes: no address is ever with two, nor an excluded one. */
  @Test
  void noAddressIsEverGivenTwice() {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      Pool pool = new Pool("[10.0.0.0/29,10.0.0.16/28],[fd00::/123]");
      Map<String, Connection> live = new HashMap<>();
      for (int step = 0; step < 300; step++) {
        String id = "c" + random.nextInt(14);
        try {
          act(pool, live, id, random);
        } catch (Failure e) {
          assertEquals(Failure.Kind.EXHAUSTED, e.kind(), "seed " + seed);
        }
        List<String> given = live.values().stream().flatMap(c -> addresses(c).stream()).toList();
        assertEquals(given.size(), new HashSet<>(given).size(), "seed " + seed + " step " + step);
        assertTrue(
            live.values().stream().allMatch(PointToPointTest::outsideItsExclusions),
            "seed " + seed);
      }
    }
  }

  private static void act(Pool pool, Map<String, Connection> live, String id, Random random) {
    String excluded = "10.0.0." + random.nextInt(4) * 8 + "/29";
    if (!live.containsKey(id)) {
      live.put(id, pool.request(id, ip -> ip.addSrcIpAddrs("10.0.0." + random.nextInt(32))));
    } else if (random.nextBoolean()) {
      Connection before = live.get(id);
      live.put(
          id, pool.again(before, ip -> ip.clearExcludedPrefixes().addExcludedPrefixes(excluded)));
    } else {
      pool.sessions.close(live.remove(id).getId());
    }
  }

  private static boolean outsideItsExclusions(Connection connection) {
    IPContext ip = connection.getContext().getIpContext();
    return ip.getExcludedPrefixesList().stream()
        .map(io.patchbay.linux.IpPrefix::parse)
        .noneMatch(not ->
            addresses(connection).stream()
                .anyMatch(a -> not.contains(io.patchbay.linux.IpPrefix.parse(a).address())));
  }
}
