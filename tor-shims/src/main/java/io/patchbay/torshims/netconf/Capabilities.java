package io.patchbay.torshims.netconf;

import io.patchbay.base.Xml;
import java.util.Set;
import java.util.stream.Collectors;
import org.w3c.dom.Element;

/** What a switch said it can do in its hello: URIs without what follows a {@code ?}. */
record Capabilities(Set<String> uris) {
  private static final String PREFIX = "urn:ietf:params:netconf:capability:";
  // some releases of Junos list a misspelt twin of each URI
  private static final String MISSPELT = "urn:ietf:params:xml:ns:netconf:capability:";

  Capabilities {
    uris = Set.copyOf(uris);
  }

  static Capabilities of(Element hello) {
    return new Capabilities(
        Xml.child(hello, Operations.BASE, "capabilities").stream()
            .flatMap(list -> Xml.children(list, Operations.BASE, "capability").stream())
            .map(Xml::text)
            .map(uri -> uri.replaceFirst("\\?.*", ""))
            .map(uri -> uri.startsWith(MISSPELT) ? PREFIX + uri.substring(MISSPELT.length()) : uri)
            .collect(Collectors.toSet()));
  }

  boolean base11() {
    return uris.contains(Operations.BASE_1_1);
  }

  /** A candidate datastore that is edited first and committed then. */
  boolean candidate() {
    return has("candidate:1.0");
  }

  /** What is running can be edited itself. */
  boolean writableRunning() {
    return has("writable-running:1.0");
  }

  /** An edit of which a part fails can leave all as it was. */
  boolean rollbackOnError() {
    return has("rollback-on-error:1.0");
  }

  /** What is running outlives a boot only when it has been saved. */
  boolean startup() {
    return has("startup:1.0");
  }

  boolean validate() {
    return has("validate:1.0") || has("validate:1.1");
  }

  /** An edit can be tried without being made. */
  boolean testOnly() {
    return has("validate:1.1");
  }

  /** A commit that the switch undoes by itself unless it is confirmed in time. */
  boolean confirmedCommit() {
    return persistentCommit() || has("confirmed-commit:1.0");
  }

  /** The same, which also survives the loss of the session and can be cancelled by name. */
  boolean persistentCommit() {
    return has("confirmed-commit:1.1");
  }

  /**
   * A session can be told of events, and do all else besides: without the latter it could do
   * nothing but end (RFC 5277 section 6).
   */
  boolean notifiesBesides() {
    return has("notification:1.0") && has("interleave:1.0");
  }

  private boolean has(String name) {
    return uris.contains(PREFIX + name);
  }
}
