package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import io.patchbay.torshims.PortConfig;
import java.util.Map;

/**
 * One change of several ports that the switch is only to judge: through its candidate datastore,
 * which is emptied again, or where it has none by an edit that is not made.
 */
final class Rehearsal {
  private final Dialogue dialogue;

  Rehearsal(Dialogue dialogue) {
    this.dialogue = dialogue;
  }

  /** Returns if the switch would make the ports so. */
  void run(Map<String, PortConfig> wanted) {
    Capabilities can = dialogue.capabilities();
    if (can.candidate() && can.validate()) {
      inCandidate(wanted);
    } else if (!can.candidate() && can.testOnly()) {
      dialogue.insist(Operations.tryRunning(dialogue.edit(wanted, dialogue.read(wanted))));
    } else {
      throw new Failure(
          Failure.Kind.UNSUPPORTED,
          dialogue.entry().who()
              + " cannot be asked without being changed: it has no capability validate:1.1");
    }
  }

  private void inCandidate(Map<String, PortConfig> wanted) {
    dialogue.insist(Operations.LOCK);
    try {
      dialogue.insist(Operations.DISCARD);
      dialogue.insist(Operations.edit(dialogue.edit(wanted, dialogue.read(wanted))));
      dialogue.insist(Operations.VALIDATE);
    } finally {
      dialogue.leave(Operations.DISCARD);
      dialogue.leave(Operations.UNLOCK);
    }
  }
}
