package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import io.patchbay.torshims.VlanEdit;
import io.patchbay.torshims.VlanTable;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes VLANs away that the shim has made. Wherever it is cut off they are there or not, and the
 * next look finds out which: nothing is to be undone.
 */
final class VlanRemoval {
  private static final Logger log = LoggerFactory.getLogger(VlanRemoval.class);

  private final Dialogue dialogue;

  VlanRemoval(Dialogue dialogue) {
    this.dialogue = dialogue;
  }

  /** Those of these that are the shim's. */
  void run(Set<Integer> some) {
    boolean candidate = dialogue.capabilities().candidate();
    dialogue.insist(candidate ? Operations.LOCK : Operations.LOCK_RUNNING);
    try {
      if (candidate) {
        dialogue.insist(Operations.DISCARD);
      }
      VlanTable table = dialogue.vlans(some); // somebody may have renamed one
      VlanEdit removal = table.removal(some, dialogue.names());
      if (!removal.isEmpty()) {
        log.info("{}: no port needs {} any more", dialogue.entry().who(), table.told(removal));
        remove(removal, candidate);
        check(some);
      }
    } finally {
      dialogue.leave(candidate ? Operations.UNLOCK : Operations.UNLOCK_RUNNING);
    }
  }

  private void remove(VlanEdit removal, boolean candidate) {
    String edit = OpenConfigVlans.edit(dialogue.entry().networkInstance(), removal);
    if (candidate) {
      inCandidate(edit);
    } else {
      dialogue.insist(Operations.editRunning(edit, dialogue.capabilities().rollbackOnError()));
    }
  }

  private void check(Set<Integer> some) {
    VlanTable table = dialogue.vlans(some);
    VlanEdit left = table.removal(some, dialogue.names());
    if (!left.isEmpty()) {
      throw new Failure(
          Failure.Kind.INTERNAL,
          dialogue.entry().who() + " says it has removed VLANs, but still has " + table.told(left));
    }
  }

  private void inCandidate(String edit) {
    try {
      dialogue.insist(Operations.edit(edit));
      dialogue.insist(Operations.COMMIT);
    } catch (Failure e) {
      if (!dialogue.ended()) {
        dialogue.leave(Operations.DISCARD); // else the next change would carry it
      }
      throw e;
    }
  }
}
