package io.patchbay.hwsim.node;

import io.patchbay.base.Failure;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.Link;
import io.patchbay.linux.Links;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.VethEnd;

/**
 * The network that daemons of different hosts and the switches' management meet on: a bridge in one
 * namespace, which has the first address, and a veth to each host. Pods are not on it. Closing
 * removes the bridge; the veths go with their hosts. Safe for all threads.
 */
public final class ManagementNetwork implements AutoCloseable {
  /** The bridge, and the name of each host's own interface. */
  public static final String INTERFACE = "mgmt0";

  /** The rack's own address, where switches answer NETCONF. */
  public static final String ADDRESS = "10.200.0.1";

  private static final int PREFIX_LENGTH = 24;
  private static final int MTU = 1500;

  private final NetworkNamespace home;

  private ManagementNetwork(NetworkNamespace home) {
    this.home = home;
  }

  /**
   * Makes the network with its bridge in this namespace, which stays the caller's to close. Throws
   * {@link Failure} of kind CONFLICT when there is one already.
   */
  public static ManagementNetwork open(NetworkNamespace home) {
    Links links = home.links();
    links.createBridge(INTERFACE);
    ManagementNetwork network = new ManagementNetwork(home);
    try {
      bringUp(links, INTERFACE, ADDRESS);
      loopbackUp(home);
      return network;
    } catch (RuntimeException e) {
      network.close();
      throw e;
    }
  }

  /** Gives a host its interface and address, and switches on its loopback. */
  void join(NetworkNamespace host, HostDescription description) {
    String outside = "mg-" + description.name();
    Links links = home.links();
    links.createVeth(new VethEnd(home, outside), new VethEnd(host, INTERFACE), MTU);
    int index = links.require(outside).index();
    links.addToBridge(index, links.require(INTERFACE).index());
    links.up(index);
    bringUp(host.links(), INTERFACE, description.address());
    loopbackUp(host);
  }

  static void loopbackUp(NetworkNamespace namespace) {
    namespace.links().up(namespace.links().require("lo").index());
  }

  private static void bringUp(Links links, String name, String address) {
    Link link = links.require(name);
    links.addresses().add(link.index(), IpPrefix.parse(address + "/" + PREFIX_LENGTH));
    links.up(link.index());
  }

  @Override
  public void close() {
    home.links().delete(INTERFACE);
  }
}
