package io.patchbay.hwsim.rack;

import io.patchbay.base.Stack;
import io.patchbay.hwsim.frame.FramePort;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.Links;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.linux.TapDevice;

/**
 * The machine behind a switch port that is a network service: a namespace with one interface and
 * one address, which answers pings. It vanishes when closed.
 */
public final class Gateway implements AutoCloseable {
  private static final String INTERFACE = "eth0";

  private final RackDescription.Gateway description;
  private final int vlan;
  private final Stack opened = new Stack();
  private final NetworkNamespace network;

  private Gateway(RackDescription.Gateway description, int vlan) {
    this.description = description;
    this.vlan = vlan;
    this.network = opened.push(NetworkNamespace.create());
  }

  /**
   * Powers it on and plugs in what leads to its switch, or bonds what leads to two.
   *
   * @param vlan the access VLAN of its port there
   * @param uplink its end of that
   */
  public static Gateway open(RackDescription.Gateway description, int vlan, FramePort uplink) {
    Gateway gateway = new Gateway(description, vlan);
    try {
      TapDevice tap = gateway.opened.push(TapDevice.create(INTERFACE, gateway.network));
      tap.mac(MacAddress.parse(description.mac()));
      TapPort port = gateway.opened.push(new TapPort(tap));
      port.receiver(uplink::send);
      uplink.receiver(port::send);
      gateway.opened.push(() -> uplink.receiver(frame -> {}));
      Links links = gateway.network.links();
      int index = links.require(INTERFACE).index();
      links.addresses().add(index, IpPrefix.parse(description.address()));
      links.up(index);
      return gateway;
    } catch (RuntimeException e) {
      gateway.close();
      throw e;
    }
  }

  /** The service that it is. */
  public String service() {
    return description.service();
  }

  /** Its address, without prefix length. */
  public String address() {
    return IpPrefix.parse(description.address()).address().getHostAddress();
  }

  /** The access VLAN of its port. */
  public int vlan() {
    return vlan;
  }

  /** Its port at the switch, or at the first of two. */
  public String port() {
    return description.port();
  }

  /** The namespace it lives in. */
  public NetworkNamespace network() {
    return network;
  }

  @Override
  public void close() {
    opened.close();
  }
}
