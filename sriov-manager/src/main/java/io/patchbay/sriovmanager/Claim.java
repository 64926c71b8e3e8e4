package io.patchbay.sriovmanager;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.patchbay.api.vf.State;

/**
 * What is known of a VF that is not free. A line of the ledger; absent texts are empty.
 *
 * @param grant under which name, and since when
 * @param use which container the kubelet gave it to, as far as it has said so
 * @param hold which connection it serves and what has been changed for that; or {@link Hold#NONE}
 * @param draining why it is on its way home for good; empty while its grant stands
 */
record Claim(Grant grant, Use use, Hold hold, String draining) {
  /**
   * The right of one container to one VF.
   *
   * @param resource the name it was reserved under
   * @param token a random value that stands for it in the container's environment
   * @param sinceMillis when it was reserved, in milliseconds of the epoch
   * @param goodFor the URL of the network namespace that used it first
   * @param driver the VF's driver when it was reserved; empty when that is not known, as in ledgers
   *     of old
   * @param resourceClaim to which {@link ResourceClaim} it was granted; empty for a container
   */
  record Grant(
      String resource,
      String token,
      long sinceMillis,
      String goodFor,
      String driver,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) String resourceClaim) { // new to older managers
    Grant {
      driver = driver == null ? "" : driver;
      resourceClaim = resourceClaim == null ? "" : resourceClaim;
    }

    /** The grant to a container. */
    Grant(String resource, String token, long sinceMillis, String goodFor, String driver) {
      this(resource, token, sinceMillis, goodFor, driver, "");
    }

    /** The grant of a VF whose driver is not known. */
    Grant(String resource, String token, long sinceMillis, String goodFor) {
      this(resource, token, sinceMillis, goodFor, "");
    }

    /** To whom it was granted. */
    ResourceClaim to() {
      return new ResourceClaim(resourceClaim);
    }

    private Grant goodFor(String namespace) {
      return new Grant(resource, token, sinceMillis, namespace, driver, resourceClaim);
    }
  }

  /**
   * The container that the kubelet lists for it.
   *
   * @param missingSinceMillis when it was first no longer listed; 0 while it is
   */
  record Use(String namespace, String pod, String container, long missingSinceMillis) {
    /** Not seen yet. */
    static final Use NONE = new Use("", "", "", 0);

    boolean seen() {
      return !pod.isEmpty();
    }

    boolean sameContainer(Use other) {
      return namespace.equals(other.namespace)
          && pod.equals(other.pod)
          && container.equals(other.container);
    }

    Use missingSince(long millis) {
      return new Use(namespace, pod, container, millis);
    }
  }

  /** A reservation nobody has used yet. */
  static Claim reserved(Grant grant) {
    return new Claim(grant, Use.NONE, Hold.NONE, "");
  }

  /** The state as the catalog tells it. */
  @JsonIgnore
  State state() {
    if (!draining.isEmpty()) {
      return State.DRAINING;
    }
    return hold.present() ? State.HELD : State.RESERVED;
  }

  Claim with(Use seen) {
    return new Claim(grant, seen, hold, draining);
  }

  Claim with(Hold changed) {
    return new Claim(grant, use, changed, draining);
  }

  /** The same granted to a claim that is now known better. */
  Claim to(ResourceClaim known) {
    Grant better =
        new Grant(
            grant.resource,
            grant.token,
            grant.sinceMillis,
            grant.goodFor,
            grant.driver,
            known.text());
    return new Claim(better, use, hold, draining);
  }

  Claim goodFor(String namespace) {
    return new Claim(grant.goodFor(namespace), use, hold, draining);
  }

  /**
   * The same after the machine was started anew. The container keeps its grant, for the kubelet
   * starts it again with the same devices; its namespace will be another.
   */
  Claim afterReboot() {
    Hold kept = hold.present() ? hold.afterReboot() : hold;
    return new Claim(grant.goodFor(""), use.missingSince(0), kept, draining);
  }

  Claim drainingBecause(String reason) {
    return new Claim(grant, use, hold, reason);
  }
}
