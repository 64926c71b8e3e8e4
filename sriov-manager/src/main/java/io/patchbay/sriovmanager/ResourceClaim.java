package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;

/**
 * The ResourceClaim that a VF is granted to (contracts/kubelet.md section 7), or {@link #NONE} when
 * the kubelet's device manager gave it to a container.
 *
 * @param text namespace/name/uid, as the ledger has it; empty for none
 */
record ResourceClaim(String text) {
  static final ResourceClaim NONE = new ResourceClaim("");

  /** What stands for the uid of a claim that only the kubelet's list tells of: it has none. */
  private static final String UNKNOWN = "?";

  /** A claim as device-plugin names it. Throws {@link Failure} INVALID. */
  static ResourceClaim parse(String text) {
    if (text.isEmpty()) {
      return NONE;
    }
    String[] parts = text.split("/", -1);
    if (parts.length != 3 || parts[0].isEmpty() || parts[1].isEmpty() || parts[2].isEmpty()) {
      throw new Failure(Failure.Kind.INVALID, "'" + text + "' is not a claim's namespace/name/uid");
    }
    return new ResourceClaim(text);
  }

  /**
   * A claim in the kubelet's list.
   *
   * @param name namespace/name; empty for none
   */
  static ResourceClaim listed(String name) {
    return name.isEmpty() ? NONE : parse(name + "/" + UNKNOWN);
  }

  boolean present() {
    return !text.isEmpty();
  }

  /** Whether somebody will say when it ends: who prepared it releases it, by its uid. */
  boolean isReleased() {
    return present() && !uid().equals(UNKNOWN);
  }

  /** Whether it can be the same, as far as both are known. */
  boolean matches(ResourceClaim other) {
    boolean uids =
        uid().equals(UNKNOWN) || other.uid().equals(UNKNOWN) || uid().equals(other.uid());
    return name().equals(other.name()) && uids;
  }

  String namespace() {
    return text.substring(0, Math.max(0, text.indexOf('/')));
  }

  private String name() {
    return text.substring(0, Math.max(0, text.lastIndexOf('/')));
  }

  private String uid() {
    return text.substring(text.lastIndexOf('/') + 1);
  }

  @Override
  public String toString() {
    return "resource claim " + text;
  }
}
