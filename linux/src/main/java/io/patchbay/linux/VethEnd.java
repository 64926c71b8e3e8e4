package io.patchbay.linux;

/** Where one end of a veth pair is to appear, and under which name. */
public record VethEnd(NetworkNamespace namespace, String name) {
  public VethEnd {
    Links.checkName(name);
  }
}
