package io.patchbay.bench;

import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.Links;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.Route;
import io.patchbay.linux.VethEnd;

/**
 * What a kernel vWire costs at least: the kernel's own work for it, asked for by netlink from one
 * process, over sockets that are open already, without anybody to talk to. One thread at a time for
 * each instance.
 */
final class NetlinkFloor implements AutoCloseable {
  private static final int MTU = 1500;
  private static final String CLIENT = "floor-c";

  private final NetworkNamespace client;
  private final NetworkNamespace endpoint;
  private final String endpointName;
  private final IpPrefix clientAddress;
  private final IpPrefix endpointAddress;

  /**
   * A pair between a pod and the endpoint's namespace.
   *
   * @param number below 127: tells pairs of one endpoint apart
   * @param endpointPid a process in the endpoint's namespace
   */
  NetlinkFloor(int number, NetworkNamespace client, int endpointPid) {
    this.client = client;
    this.endpoint = NetworkNamespace.ofPid(endpointPid);
    this.endpointName = "floor-" + number;
    this.clientAddress = IpPrefix.parse("172.31.0." + (2 * number + 1) + "/32");
    this.endpointAddress = IpPrefix.parse("172.31.0." + 2 * number + "/32");
  }

  /** Both ends in their namespaces, with alias, addresses and routes, and up. */
  void make() {
    client
        .links()
        .createVeth(new VethEnd(client, CLIENT), new VethEnd(endpoint, endpointName), MTU);
    configure(client.links(), CLIENT, clientAddress, endpointAddress);
    configure(endpoint.links(), endpointName, endpointAddress, clientAddress);
  }

  private static void configure(Links links, String name, IpPrefix own, IpPrefix other) {
    int index = links.require(name).index();
    links.alias(index, "floor of the measurement");
    links.up(index);
    links.addresses().add(index, own);
    links.routes().add(Route.direct(other, index));
  }

  /** One end takes the other with it. */
  void remove() {
    client.links().delete(CLIENT);
  }

  @Override
  public void close() {
    endpoint.close();
  }
}
