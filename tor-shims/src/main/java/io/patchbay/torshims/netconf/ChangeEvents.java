package io.patchbay.torshims.netconf;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.base.Xml;
import io.patchbay.torshims.WantedPorts;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.w3c.dom.Element;

/**
 * Has a switch tell on a session when its configuration changes (RFC 5277 and RFC 6470), and says
 * when that may be a change of our ports by somebody else. Where the switch cannot tell beside all
 * else that a session is for, or refuses to, nothing is said. A switch whose sessions end over what
 * it tells, again and again, is asked to but seldom. It asks on one thread at a time, and hears on
 * the sessions'.
 */
final class ChangeEvents {
  private static final Logger log = LoggerFactory.getLogger(ChangeEvents.class);
  private static final String EVENTS = "urn:ietf:params:xml:ns:yang:ietf-netconf-notifications";

  /** The only event that is of use: a session would be told of each that begins or ends, too. */
  static final String SUBSCRIBE =
      "<create-subscription xmlns=\"%s\"><filter type=\"subtree\"><netconf-config-change xmlns=\"%s\"/></filter></create-subscription>"
          .formatted(NetconfSession.NOTIFICATION, EVENTS);

  /** A switch that loses its sessions over it is served without. */
  private static final int TRIES_MOST = 2;

  /** So many sessions in a row that end over what is told are no accident any more. */
  static final int BREAKS_MOST = 5;

  /** One that has lasted so long has not ended over it. */
  static final Duration LASTING = Duration.ofMinutes(5);

  /** How often it is tried then. */
  static final Duration SELDOM = Duration.ofHours(1);

  /** A place in one interface of OpenConfig, as an instance-identifier, whatever its prefixes. */
  private static final Pattern IN_INTERFACE =
      Pattern.compile(
          "/(?:[^/:\\[]+:)?interfaces/(?:[^/:\\[]+:)?interface"
              + "\\[\\s*(?:[^:=\\]]+:)?name\\s*=\\s*(?:'([^']*)'|\"([^\"]*)\")\\s*].*",
          Pattern.DOTALL);

  private final String who;
  private final WantedPorts ours;
  private final Runnable changed;

  private final Time time;

  /** In a row. */
  private int vainTries;

  /** The session that is told, if there is one. */
  @GuardedBy("this")
  private Optional<NetconfSession> subscribed = Optional.empty();

  @GuardedBy("this")
  private Instant since = Instant.MIN;

  /** In a row. */
  @GuardedBy("this")
  private int breaks;

  @GuardedBy("this")
  private Instant notBefore = Instant.MIN;

  @GuardedBy("this")
  private boolean givingUpTold;

  /**
   * @param who how messages call the switch
   * @param changed is run when somebody else may have changed one of ours; quick, on any thread
   */
  ChangeEvents(String who, WantedPorts ours, Runnable changed, Time time) {
    this.who = who;
    this.ours = ours;
    this.changed = changed;
    this.time = time;
  }

  /**
   * Asks for them on a session that is not told yet, if it is time to. Throws {@link Failure} where
   * the session ends over it.
   */
  void subscribe(NetconfSession session) {
    if (!session.capabilities().notifiesBesides() || vainTries >= TRIES_MOST || !isDue(session)) {
      return;
    }
    vainTries++;
    session.onNotification(told -> hear(told, session.id()));
    Reply reply = answer(session);
    if (reply.done()) {
      vainTries = 0;
      begun(session);
    } else {
      vainTries = TRIES_MOST;
      log.info(
          "{}; what others change on its ports is seen when they are looked at",
          Failure.text(reply.failure(who)));
    }
  }

  private synchronized boolean isDue(NetconfSession session) {
    subscribed.filter(NetconfSession::ended).ifPresent(this::over); // its own word may come late
    return subscribed.filter(session::equals).isEmpty() && !time.now().isBefore(notBefore);
  }

  private synchronized void begun(NetconfSession session) {
    subscribed = Optional.of(session);
    since = time.now();
  }

  /** That session is over. A second time it says nothing. */
  synchronized void over(NetconfSession session) {
    if (subscribed.filter(session::equals).isEmpty()) {
      return;
    }
    subscribed = Optional.empty();
    if (!time.now().isBefore(since.plus(LASTING))) {
      breaks = 0;
      givingUpTold = false;
    }
    if (session.isBroken() && ++breaks >= BREAKS_MOST) {
      breaks--; // the next one is enough
      notBefore = time.now().plus(SELDOM);
      tellGivingUp();
    }
  }

  @GuardedBy("this")
  private void tellGivingUp() {
    if (!givingUpTold) {
      givingUpTold = true;
      log.warn(
          "{} has lost {} sessions in a row over what it tells of changes, or while it was to tell"
              + " of them; it is asked to but once an hour, and what others change on its ports is"
              + " seen when they are looked at",
          who,
          BREAKS_MOST);
    }
  }

  private Reply answer(NetconfSession session) {
    try {
      return session.call(SUBSCRIBE);
    } catch (Failure e) {
      if (vainTries == TRIES_MOST) {
        log.warn(
            "{} loses its sessions when it is asked to tell of changes, and is asked no more while"
                + " this process runs; what others change on its ports is seen when they are looked"
                + " at: {}",
            who,
            Failure.text(e));
      }
      throw e;
    }
  }

  private void hear(Element notification, String ourSession) {
    Optional<Element> change = Xml.child(notification, EVENTS, "netconf-config-change");
    if (change.filter(event -> !isOurs(event, ourSession) && mayTouchOurs(event)).isPresent()) {
      log.debug("{} tells of a change that is not ours", who);
      changed.run();
    }
  }

  /** The switch itself has no session: it has taken back what nobody confirmed, for instance. */
  private static boolean isOurs(Element change, String ourSession) {
    return Xml.child(change, EVENTS, "changed-by")
        .flatMap(by -> Xml.child(by, EVENTS, "session-id"))
        .filter(session -> Xml.text(session).equals(ourSession))
        .isPresent();
  }

  private boolean mayTouchOurs(Element change) {
    boolean startup =
        Xml.child(change, EVENTS, "datastore")
            .filter(store -> Xml.text(store).equals("startup"))
            .isPresent();
    List<Element> edits = Xml.children(change, EVENTS, "edit");
    return !startup && (edits.isEmpty() || edits.stream().anyMatch(this::mayBeOnOurs));
  }

  /** Unless it is clear that it is on another port. */
  private boolean mayBeOnOurs(Element edit) {
    String target = Xml.child(edit, EVENTS, "target").map(Xml::text).orElse("");
    Matcher place = IN_INTERFACE.matcher(target);
    if (!place.matches()) {
      return true;
    }
    String port = place.group(1) == null ? place.group(2) : place.group(1);
    return ours.has(port);
  }
}
