package io.patchbay.sriovmanager;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.PciFunction;
import io.patchbay.linux.PciSysfs;
import io.patchbay.sriovmanager.Candidate.LinkType;
import io.patchbay.sriovmanager.Candidate.Port;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the PFs of this node that selectors can choose from. What a PF once told about its ports
 * counts for as long as it is there, so that a pulled cable deselects nothing. Thread-safe.
 */
final class Candidates {
  private static final Logger log = LoggerFactory.getLogger(Candidates.class);

  private final PciSysfs sysfs;

  @GuardedBy("this")
  private final Map<PciAddress, Candidate> known = new TreeMap<>();

  Candidates(PciSysfs sysfs) {
    this.sysfs = sysfs;
  }

  /** Looks at all of them now; one that does not answer is as it was last seen, if it was. */
  synchronized List<Candidate> look() {
    List<PciAddress> there = sysfs.physicalFunctions();
    known.keySet().retainAll(there);
    there.forEach(this::look);
    return List.copyOf(known.values());
  }

  private synchronized void look(PciAddress pf) {
    try {
      sysfs
          .find(pf)
          .filter(PciFunction::isNetwork)
          .ifPresent(
              found -> known.merge(pf, candidate(found), (old, now) -> now.remembering(old)));
    } catch (RuntimeException e) { // whatever it is: the others are to be looked at all the same
      log.warn("{} cannot be looked at: {}", pf, Failure.text(e));
    }
  }

  private Candidate candidate(PciFunction pf) {
    List<Integer> devices = new ArrayList<>(List.of(pf.model().device()));
    attribute(pf.address(), "sriov_vf_device")
        .map(id -> Integer.parseInt(id, 16))
        .ifPresent(devices::add);
    return new Candidate(
        pf.address(),
        pf.model().vendor(),
        devices,
        pf.binding().driver().orElse(""),
        pf.placement().numaNode(),
        pf.interfaces().stream().map(name -> port(pf.address(), name)).toList());
  }

  private Port port(PciAddress pf, String name) {
    int type = attribute(pf, "net/" + name + "/type").map(Integer::parseInt).orElse(0);
    int speed = attribute(pf, "net/" + name + "/speed").map(Integer::parseInt).orElse(0);
    return new Port(name, LinkType.of(type), Math.max(0, speed));
  }

  /** The kernel refuses to tell the speed of a port that is down. */
  private Optional<String> attribute(PciAddress pf, String file) {
    try {
      return sysfs.attribute(pf, file);
    } catch (Failure e) {
      log.debug("{} of {} is not told: {}", file, pf, Failure.text(e));
      return Optional.empty();
    }
  }
}
