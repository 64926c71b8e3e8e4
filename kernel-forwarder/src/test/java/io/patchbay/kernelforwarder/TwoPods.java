package io.patchbay.kernelforwarder;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.patchbay.api.connectioncontext.ConnectionContext;
import io.patchbay.api.connectioncontext.IPContext;
import io.patchbay.api.connectioncontext.Route;
import io.patchbay.linux.Link;
import io.patchbay.linux.NetworkNamespace;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The namespaces of a client and of an endpoint, for tests as root. */
final class TwoPods implements AutoCloseable {
  final NetworkNamespace client;
  final NetworkNamespace endpoint;

  TwoPods() {
    assumeTrue(
        "root".equals(System.getProperty("user.name")), "needs root: makes network namespaces");
    client = NetworkNamespace.create();
    endpoint = NetworkNamespace.create();
  }

  /** The interfaces in both, loopback aside. */
  Set<String> links() {
    return Stream.of(client, endpoint)
        .flatMap(namespace -> namespace.links().list().stream())
        .map(Link::name)
        .filter(name -> !name.equals("lo"))
        .collect(Collectors.toSet());
  }

  /** 10.0.0.1 and fd00::1 for the client, .2 and ::2 for the endpoint, which has a net behind. */
  static ConnectionContext context() {
    return ConnectionContext.newBuilder()
        .setMTU(1400)
        .setIpContext(
            IPContext.newBuilder()
                .addSrcIpAddrs("10.0.0.1/32")
                .addSrcIpAddrs("fd00::1/128")
                .addDstIpAddrs("10.0.0.2/32")
                .addDstIpAddrs("fd00::2/128")
                .addSrcRoutes(Route.newBuilder().setPrefix("10.0.0.2/32"))
                .addSrcRoutes(Route.newBuilder().setPrefix("10.9.0.0/16").setNextHop("10.0.0.2"))
                .addDstRoutes(Route.newBuilder().setPrefix("10.0.0.1/32")))
        .build();
  }

  @Override
  public void close() {
    client.close();
    endpoint.close();
  }
}
