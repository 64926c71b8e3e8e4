package io.patchbay.hwsim.netconf;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** What a NETCONF server may offer beyond base 1.0 (RFC 6241 section 8), as its hello lists it. */
public enum Capability {
  BASE_1_1("urn:ietf:params:netconf:base:1.1"),
  CANDIDATE("urn:ietf:params:netconf:capability:candidate:1.0"),
  WRITABLE_RUNNING("urn:ietf:params:netconf:capability:writable-running:1.0"),
  VALIDATE("urn:ietf:params:netconf:capability:validate:1.1"),
  CONFIRMED_COMMIT("urn:ietf:params:netconf:capability:confirmed-commit:1.1"),
  ROLLBACK_ON_ERROR("urn:ietf:params:netconf:capability:rollback-on-error:1.0"),
  STARTUP("urn:ietf:params:netconf:capability:startup:1.0"),
  /** RFC 5277: a session can ask to be told of events. */
  NOTIFICATION("urn:ietf:params:netconf:capability:notification:1.0"),
  /** RFC 5277: and can do all else besides. */
  INTERLEAVE("urn:ietf:params:netconf:capability:interleave:1.0");

  /** A server with a candidate datastore and all that belongs to it, which tells of changes. */
  public static final Set<Capability> WITH_CANDIDATE =
      Collections.unmodifiableSet(
          EnumSet.of(
              BASE_1_1,
              CANDIDATE,
              VALIDATE,
              CONFIRMED_COMMIT,
              ROLLBACK_ON_ERROR,
              NOTIFICATION,
              INTERLEAVE));

  private final String uri;

  Capability(String uri) {
    this.uri = uri;
  }

  String uri() {
    return uri;
  }
}
