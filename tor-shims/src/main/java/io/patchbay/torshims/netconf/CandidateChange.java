package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortReading;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One change of several ports through the candidate datastore, all or none: lock, discard, edit,
 * validate, a commit that the switch undoes by itself, a look at what is there now, and only then
 * the confirmation.
 */
final class CandidateChange {
  private static final Logger log = LoggerFactory.getLogger(CandidateChange.class);

  private final Dialogue dialogue;
  private final String persist;
  private final Experience experience;
  private final Consumer<Map<String, PortReading>> overwrites;
  private final Consumer<Duration> confirms;

  /** How far the commit has come: a switch that has begun one must say that it has cancelled it. */
  private enum Commit {
    NOT_ASKED,
    ASKED,
    BEGUN
  }

  private Commit commit = Commit.NOT_ASKED;

  /** What the commits of one switch have shown so far, over all of its sessions. One thread. */
  static final class Experience {
    /** The ports whose last commit is known to be confirmed. */
    final Set<String> confirmed = new HashSet<>();

    /**
     * Whether a commit loses what was validated before it. After {@code validate}, netconfd of
     * yuma123 2.13 answers ok to a commit and leaves out all that is new in it.
     */
    boolean validatesInVain;
  }

  /**
   * A change on one session.
   *
   * @param persist names the commit until it is confirmed
   * @param overwrites is told before the edit what the ports are, under the lock
   * @param confirms is run before the confirmation, if there is one, for so long at most
   */
  CandidateChange(
      Dialogue dialogue,
      String persist,
      Experience experience,
      Consumer<Map<String, PortReading>> overwrites,
      Consumer<Duration> confirms) {
    this.dialogue = dialogue;
    this.persist = persist;
    this.experience = experience;
    this.overwrites = overwrites;
    this.confirms = confirms;
  }

  /** Makes the ports so. */
  void run(Map<String, PortConfig> asked) {
    dialogue.insist(Operations.LOCK);
    Map<String, PortConfig> wanted = asked;
    try {
      dialogue.insist(Operations.DISCARD);
      wanted = dialogue.sparing(asked);
      Map<String, PortReading> before = dialogue.read(wanted);
      overwrites.accept(before);
      attempt(wanted, before);
    } catch (Failure e) {
      settle(e, wanted);
    } finally {
      dialogue.leave(Operations.UNLOCK);
    }
  }

  private void attempt(Map<String, PortConfig> wanted, Map<String, PortReading> before) {
    boolean validates = dialogue.capabilities().validate() && !experience.validatesInVain;
    dialogue.insist(Operations.edit(dialogue.edit(wanted, before)));
    if (validates) {
      dialogue.insist(Operations.VALIDATE);
    }
    commit(wanted);
    Map<String, PortReading> now = dialogue.read(wanted);
    if (validates && !dialogue.different(wanted, now).isEmpty()) {
      log.warn(
          "{} has not committed what it has validated; from now on it is left to validate within"
              + " the commit",
          dialogue.entry().who());
      experience.validatesInVain = true;
      takeBack();
      dialogue.insist(Operations.DISCARD);
      attempt(wanted, before);
      return;
    }
    dialogue.check(wanted, now);
    confirm(wanted);
  }

  private void commit(Map<String, PortConfig> wanted) {
    Capabilities can = dialogue.capabilities();
    Duration timeout = dialogue.entry().deadlines().confirmation();
    commit = Commit.ASKED;
    if (can.persistentCommit()) {
      dialogue.insist(Operations.commitConfirmed(timeout, persist));
    } else if (can.confirmedCommit()) {
      experience.confirmed.removeAll(wanted.keySet());
      dialogue.insist(Operations.commitConfirmed(timeout));
    } else {
      dialogue.insist(Operations.COMMIT);
    }
    commit = Commit.BEGUN;
  }

  private void confirm(Map<String, PortConfig> wanted) {
    Capabilities can = dialogue.capabilities();
    if (can.confirmedCommit()) {
      confirms.accept(dialogue.entry().deadlines().agreement());
    }
    if (can.persistentCommit()) {
      dialogue.insist(Operations.confirm(persist));
    } else if (can.confirmedCommit()) {
      dialogue.insist(Operations.COMMIT);
      experience.confirmed.addAll(wanted.keySet());
    }
  }

  /** Undoes a commit that is not as it should be, so that it can be tried again. */
  private void takeBack() {
    if (dialogue.capabilities().persistentCommit()) {
      dialogue.insist(Operations.cancel(persist));
    } else if (dialogue.capabilities().confirmedCommit()) {
      dialogue.end();
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          dialogue.entry().who() + " has not committed what it has validated");
    }
  }

  /** Undoes what can be undone, finds out what is there, and says so; returns if all is well. */
  private void settle(Failure cause, Map<String, PortConfig> wanted) {
    if (dialogue.ended()) {
      throw cause;
    }
    dialogue.leave(Operations.DISCARD);
    if (dialogue.capabilities().persistentCommit()) {
      cancel(cause);
    } else if (dialogue.capabilities().confirmedCommit()) {
      // without a token the switch undoes it when the session goes; nothing else can be asked
      dialogue.end();
      throw cause;
    }
    Map<String, PortReading> now = dialogue.read(wanted);
    Map<String, PortConfig> missing = dialogue.different(wanted, now);
    if (!missing.isEmpty()) {
      throw dialogue.refused(cause, missing, now);
    }
    log.warn("{}; yet the ports are as wanted", Failure.text(cause));
  }

  /** Undoes the commit, if there was one; what it left is not to be read while it may go. */
  private void cancel(Failure cause) {
    if (commit == Commit.NOT_ASKED) {
      return;
    }
    Reply reply = dialogue.ask(Operations.cancel(persist));
    boolean none = commit == Commit.ASKED && reply.findsNothing();
    if (!reply.done() && !none) {
      dialogue.end();
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          Failure.text(cause) + "; " + Failure.text(reply.failure(dialogue.entry().who())),
          cause);
    }
  }
}
