package io.patchbay.linux;

/**
 * Where one end of a veth pair is to appear, and under which name.
 *
 * @param mac its Ethernet address from birth on; {@link MacAddress#ZERO} leaves it to the kernel
 */
public record VethEnd(NetworkNamespace namespace, String name, MacAddress mac) {
  public VethEnd {
    Links.checkName(name);
  }

  /** An end whose address the kernel chooses. */
  public VethEnd(NetworkNamespace namespace, String name) {
    this(namespace, name, MacAddress.ZERO);
  }
}
