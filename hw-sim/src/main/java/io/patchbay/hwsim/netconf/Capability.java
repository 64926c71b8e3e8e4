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
  STARTUP("urn:ietf:params:netconf:capability:startup:1.0");

  /** A server with a candidate datastore and all that belongs to it. */
  public static final Set<Capability> WITH_CANDIDATE =
      Collections.unmodifiableSet(
          EnumSet.of(BASE_1_1, CANDIDATE, VALIDATE, CONFIRMED_COMMIT, ROLLBACK_ON_ERROR));

  private final String uri;

  Capability(String uri) {
    this.uri = uri;
  }

  String uri() {
    return uri;
  }
}
