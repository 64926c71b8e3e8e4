package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.netconf.UndoLog.Undo;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One change of several ports on a switch that has no candidate datastore, all or none: lock
 * running, write down what the ports are, edit, a look at what is there now. The switch undoes
 * nothing by itself, so that is done here: at once when the change went wrong, on the next session
 * when this one or the process was lost.
 */
final class RunningChange {
  private static final Logger log = LoggerFactory.getLogger(RunningChange.class);

  private final Dialogue dialogue;
  private final UndoLog undo;

  RunningChange(Dialogue dialogue, UndoLog undo) {
    this.dialogue = dialogue;
    this.undo = undo;
  }

  /**
   * Makes the ports so.
   *
   * @param overwrites is told before the edit what the ports are, under the lock
   */
  void run(Map<String, PortConfig> asked, Consumer<Map<String, PortReading>> overwrites) {
    dialogue.insist(Operations.LOCK_RUNNING);
    try {
      // others could write until the lock was ours
      Map<String, PortConfig> wanted = dialogue.sparing(asked);
      Map<String, PortReading> before = dialogue.read(wanted);
      Map<String, PortConfig> different = dialogue.different(wanted, before);
      before.keySet().retainAll(different.keySet());
      if (!different.isEmpty()) {
        overwrites.accept(before);
        change(different, before);
      }
      save();
    } finally {
      leave();
    }
  }

  /**
   * What is still to be undone is the next session's, before anything else: later it could be a
   * port that others have by then.
   */
  private void leave() {
    if (undo.kept().isPresent()) {
      dialogue.end();
    } else {
      dialogue.leave(Operations.UNLOCK_RUNNING);
    }
  }

  private void change(Map<String, PortConfig> wanted, Map<String, PortReading> before) {
    undo.keep(Undo.of(wanted, before));
    try {
      dialogue.insist(edit(wanted, before));
      dialogue.check(wanted, dialogue.read(wanted));
    } catch (Failure e) {
      settle(e, wanted, before);
    }
    // before it is saved: a switch that saves slowly must not have its ports go to and fro
    undo.settled();
  }

  private String edit(Map<String, PortConfig> wanted, Map<String, PortReading> now) {
    return Operations.editRunning(
        dialogue.edit(wanted, now), dialogue.capabilities().rollbackOnError());
  }

  /** Finds out what is there and puts all of it back, and says so; returns if all is well. */
  private void settle(
      Failure cause, Map<String, PortConfig> wanted, Map<String, PortReading> before) {
    if (dialogue.ended()) {
      throw cause;
    }
    Map<String, PortReading> now = dialogue.read(wanted);
    if (dialogue.different(wanted, now).isEmpty()) {
      log.warn("{}; yet the ports are as wanted", Failure.text(cause));
      return;
    }
    Map<String, PortConfig> former = new TreeMap<>();
    before.forEach((port, reading) -> former.put(port, reading.raw()));
    try {
      putBack(PortReading.different(former, now), now);
    } catch (Failure e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          Failure.text(cause) + "; and it cannot be undone: " + Failure.text(e),
          cause);
    }
    undo.settled();
    throw dialogue.refused(cause, PortReading.different(wanted, before), before);
  }

  private void putBack(Map<String, PortConfig> asked, Map<String, PortReading> now) {
    Map<String, PortConfig> former = dialogue.sparing(asked);
    if (!former.isEmpty()) {
      dialogue.insist(edit(former, now));
      dialogue.check(former, dialogue.read(former.keySet()));
    }
  }

  /**
   * Undoes what an earlier session left: only on ports that are just as it was to make them. A
   * switch that refuses is not asked again: its ports are still the shim's, which will set them.
   * Saves what is not saved, if nobody is in the way.
   */
  void recover() {
    Optional<Undo> left = undo.kept();
    if (left.isPresent()) {
      dialogue.insist(Operations.LOCK_RUNNING);
    } else if (!undo.unsaved() || !dialogue.ask(Operations.LOCK_RUNNING).done()) {
      return; // whoever has the lock may be in the middle of something that is not to be saved
    }
    try {
      left.ifPresent(this::recover);
      save();
    } finally {
      dialogue.leave(Operations.UNLOCK_RUNNING);
    }
  }

  private void recover(Undo left) {
    Map<String, PortReading> now = dialogue.read(left.former().keySet());
    Map<String, PortConfig> former = new TreeMap<>();
    now.forEach((port, reading) -> {
      if (left.wrote(port, reading)) {
        former.put(port, left.former(port));
      } else if (!reading.is(left.former(port))) {
        log.warn(
            "{}: port {} is neither what it was before a change that was cut off nor what that was"
                + " to make of it; it is left as it is: {}",
            dialogue.entry().who(),
            port,
            reading.meaning());
      }
    });
    try {
      putBack(former, now);
      log.warn("{}: undid a change that was cut off: {}", dialogue.entry().who(), former);
    } catch (Failure e) {
      if (dialogue.ended()) {
        throw e;
      }
      log.error("a change that was cut off cannot be undone: {}", Failure.text(e));
    }
    undo.settled();
  }

  /**
   * Asks once: nobody who waits for a port is to wait for startup. What is not saved is lost only
   * with the next boot, and saved with the next change or session.
   */
  private void save() {
    if (!undo.unsaved()) {
      return;
    }
    try {
      if (dialogue.capabilities().startup()) {
        Reply reply = dialogue.ask(Operations.SAVE);
        if (!reply.done()) {
          throw reply.failure(dialogue.entry().who());
        }
      }
      undo.drop();
    } catch (Failure e) {
      log.warn("{}; a boot of it now would undo its last change", Failure.text(e));
    }
  }
}
