package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.torshims.Change.Verb;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which changes may be made at all: nothing has been said to the switch yet, and what is
 * refused here leaves the port as it is. Called in the turns of the switch's writer.
 */
final class Admission {
  private static final Logger log = LoggerFactory.getLogger(Admission.class);

  private final Repair.Site site;
  private final Lookout lookout;

  Admission(Repair.Site site, Lookout lookout) {
    this.site = site;
    this.lookout = lookout;
  }

  /**
   * Those of a batch that may be made. They are looked at in the order in which they came, each as
   * if those before it were made: of two that do not agree the first gets in.
   */
  List<Change> admitted(List<Change> batch) {
    if (!batch.isEmpty()) {
      adoptOrphans(batch.stream().map(change -> change.claim().port()).collect(Collectors.toSet()));
    }
    List<Change> admitted = new ArrayList<>();
    PortIntent then = site.claims().intent();
    for (Change change : batch) {
      Optional<Failure> objection = objection(change, then);
      if (objection.isPresent()) {
        refuse(change, objection.get());
      } else if (!change.over()) {
        admitted.add(change);
        then = change.on(then);
      }
    }
    return admitted;
  }

  /** Whom nobody knows any more has been let in all the same. */
  private void adoptOrphans(Set<String> ports) {
    try {
      site.heirs().keep(site.ports().adoptOrphans(ports, site.heirs().grace()));
    } catch (RuntimeException e) {
      log.debug("{}: the changes fail for the same: {}", site.name(), Failure.text(e));
    }
  }

  private void refuse(Change change, Failure failure) {
    log.warn("{}: {} is refused: {}", site.name(), change, Failure.text(failure));
    site.account().refused(List.of(change), failure);
    change.failed(failure);
  }

  private Optional<Failure> objection(Change change, PortIntent then) {
    return change.over() || change.verb() == Verb.LEAVE
        ? Optional.empty()
        : change
            .pairing()
            .refusal()
            .or(() -> lookout.objection(change))
            .or(() ->
                objection(change.claim(), then.without(change.connection()))
                    .filter(why -> !lives(change, then, why)));
  }

  /** Whoever lives there already, as far as anybody can tell, is not refused by others. */
  private boolean lives(Change change, PortIntent then, Failure why) {
    PortClaim claim = change.claim();
    boolean lives =
        claim.isSameAs(then.claims().get(change.connection()))
            || site.ports().heirs().keySet().stream().anyMatch(claim::isSameAs);
    if (lives) {
      log.warn(
          "{}: {}, as it was there before, although {}", site.name(), change, Failure.text(why));
    }
    return lives;
  }

  /** Why a claim would be refused for those who are on its port; empty when it would not. */
  Optional<Failure> objection(PortClaim claim) {
    return objection(claim, site.claims().intent());
  }

  private Optional<Failure> objection(PortClaim claim, PortIntent intent) {
    return PortSharing.objection(intent, claim, there -> site.ports().wished(there).wish());
  }

  /** Tells of those who live together by a file that has changed since. */
  void tellQuarrels() {
    PortSharing.quarrels(site.claims().intent())
        .forEach(quarrel -> log.warn("{}: {}, until one of them has left", site.name(), quarrel));
  }
}
