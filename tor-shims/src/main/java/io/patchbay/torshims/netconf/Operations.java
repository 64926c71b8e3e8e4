package io.patchbay.torshims.netconf;

import java.time.Duration;

/** The operations of NETCONF as XML (RFC 6241 sections 7 and 8). Pure. */
final class Operations {
  /** The XML namespace of everything NETCONF itself says, under base 1.0 and 1.1 alike. */
  static final String BASE = "urn:ietf:params:xml:ns:netconf:base:1.0";

  static final String BASE_1_0 = "urn:ietf:params:netconf:base:1.0";
  static final String BASE_1_1 = "urn:ietf:params:netconf:base:1.1";
  static final String HELLO =
      "<hello xmlns=\"%s\"><capabilities><capability>%s</capability><capability>%s</capability></capabilities></hello>"
          .formatted(BASE, BASE_1_0, BASE_1_1);
  static final String LOCK = "<lock><target><candidate/></target></lock>";
  static final String UNLOCK = "<unlock><target><candidate/></target></unlock>";
  static final String LOCK_RUNNING = "<lock><target><running/></target></lock>";
  static final String UNLOCK_RUNNING = "<unlock><target><running/></target></unlock>";

  /** Makes what is running what the switch will boot with: all of it, ours and others'. */
  static final String SAVE =
      "<copy-config><target><startup/></target><source><running/></source></copy-config>";

  static final String DISCARD = "<discard-changes/>";
  static final String VALIDATE = "<validate><source><candidate/></source></validate>";
  static final String COMMIT = "<commit/>";
  static final String CLOSE = "<close-session/>";

  private Operations() {}

  /** The message that carries an operation. */
  static String rpc(long messageId, String operation) {
    return "<rpc xmlns=\"%s\" message-id=\"%d\">%s</rpc>".formatted(BASE, messageId, operation);
  }

  /** The running configuration below what the subtree selects. */
  static String read(String subtree) {
    return "<get-config><source><running/></source><filter type=\"subtree\">%s</filter></get-config>"
        .formatted(subtree);
  }

  /** What the subtree selects of configuration and state. */
  static String look(String subtree) {
    return "<get><filter type=\"subtree\">%s</filter></get>".formatted(subtree);
  }

  /** A merge into the candidate; elements inside say what else than merge is to be done. */
  static String edit(String config) {
    return edit("candidate", "", config);
  }

  /**
   * The same into what is running.
   *
   * @param rollback whether the switch can leave all as it was when any of it fails
   */
  static String editRunning(String config, boolean rollback) {
    return edit(
        "running", rollback ? "<error-option>rollback-on-error</error-option>" : "", config);
  }

  /** Has the switch say whether it would take that; needs validate:1.1 (RFC 6241 section 8.6). */
  static String tryRunning(String config) {
    return edit("running", "<test-option>test-only</test-option>", config);
  }

  private static String edit(String target, String options, String config) {
    return ("<edit-config><target><%s/></target>"
            + "<default-operation>merge</default-operation>%s"
            + "<config xmlns:nc=\"%s\">%s</config></edit-config>")
        .formatted(target, options, BASE, config);
  }

  /** A commit that is undone after the timeout, in seconds on the wire, or with the session. */
  static String commitConfirmed(Duration timeout) {
    return "<commit><confirmed/><confirm-timeout>%d</confirm-timeout></commit>"
        .formatted(timeout.toSeconds());
  }

  /** A commit that is undone after the timeout, whatever becomes of the session. */
  static String commitConfirmed(Duration timeout, String persist) {
    return "<commit><confirmed/><confirm-timeout>%d</confirm-timeout><persist>%s</persist></commit>"
        .formatted(timeout.toSeconds(), XmlText.escape(persist));
  }

  static String confirm(String persist) {
    return "<commit><persist-id>%s</persist-id></commit>".formatted(XmlText.escape(persist));
  }

  static String cancel(String persist) {
    return "<cancel-commit><persist-id>%s</persist-id></cancel-commit>"
        .formatted(XmlText.escape(persist));
  }
}
