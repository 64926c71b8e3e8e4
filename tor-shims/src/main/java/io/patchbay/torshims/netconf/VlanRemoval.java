package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import io.patchbay.torshims.VlanTable;
import java.util.Map;
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
      VlanTable ours = dialogue.vlans(some); // somebody may have renamed one
      if (!ours.removal().isEmpty()) {
        remove(ours, candidate);
      }
    } finally {
      dialogue.leave(candidate ? Operations.UNLOCK : Operations.UNLOCK_RUNNING);
    }
  }

  private void remove(VlanTable table, boolean candidate) {
    Map<Integer, String> ours = table.ours();
    log.info("{}: no port needs VLANs {} any more", dialogue.entry().who(), ours);
    String edit = OpenConfigVlans.edit(dialogue.entry().networkInstance(), table.removal());
    if (candidate) {
      inCandidate(edit);
    } else {
      dialogue.insist(Operations.editRunning(edit, dialogue.capabilities().rollbackOnError()));
    }
    Map<Integer, String> left = dialogue.vlans(ours.keySet()).ours();
    if (!left.isEmpty()) {
      throw new Failure(
          Failure.Kind.INTERNAL,
          dialogue.entry().who() + " says it has removed VLANs, but still has " + left);
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
