package io.patchbay.hwsim.netconf;

/**
 * A YANG module a device speaks.
 *
 * @param namespace its XML namespace
 * @param prefix how paths and values abbreviate the namespace
 * @param name its name, as hello lists it
 */
public record YangModule(String namespace, String prefix, String name) {
  /** NETCONF itself: the roots of datastores and all rpc elements (RFC 6241). */
  public static final YangModule NETCONF =
      new YangModule("urn:ietf:params:xml:ns:netconf:base:1.0", "nc", "ietf-netconf");

  /** How hello lists it; without a revision, as devices may that carry deviations. */
  public String capability() {
    return namespace + "?module=" + name;
  }
}
