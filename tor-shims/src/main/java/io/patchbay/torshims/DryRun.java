package io.patchbay.torshims;

import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Has a switch say which claims it would take, each beside what is claimed already: all at once,
 * and where it would not, by halves. Changes nothing. Called by the switch's writer only.
 */
final class DryRun {
  private final SwitchDriver driver;
  private final Admission admission;
  private final Duration patience;
  private final BooleanSupplier over;
  private final Map<String, Optional<String>> verdicts = new TreeMap<>();

  /**
   * @param admission says which would be refused whatever the switch says
   * @param patience how long each question may wait for others
   * @param over whether nothing more is to be asked: others wait for the switch
   */
  DryRun(SwitchDriver driver, Admission admission, Duration patience, BooleanSupplier over) {
    this.driver = driver;
    this.admission = admission;
    this.patience = patience;
    this.over = over;
  }

  /**
   * Throws {@link Failure} where the switch cannot be asked.
   *
   * @param claims at most one for a port
   * @return by port why not, empty where it would
   */
  Map<String, Optional<String>> run(PortIntent intent, Collection<PortClaim> claims) {
    Map<String, Map<String, PortConfig>> wanted = new TreeMap<>();
    for (PortClaim claim : claims) {
      Optional<String> objection = admission.objection(claim).map(Failure::text);
      if (objection.isPresent()) {
        verdicts.put(claim.port(), objection);
      } else {
        wanted.put(claim.port(), intent.with("rehearsal", claim).wantedOn(Set.of(claim.port())));
      }
    }
    run(wanted);
    return verdicts;
  }

  /**
   * Asks for some ports.
   *
   * @param wanted by port what its items should be
   */
  private void run(Map<String, Map<String, PortConfig>> wanted) {
    if (wanted.isEmpty()) {
      return;
    }
    if (over.getAsBoolean()) {
      judge(wanted, Optional.of("not asked: changes wait for the switch, or it took too long"));
      return;
    }
    try {
      Map<String, PortConfig> items = new TreeMap<>();
      wanted.values().forEach(items::putAll);
      driver.rehearse(items, patience);
      judge(wanted, Optional.empty());
    } catch (Failure e) {
      if (!Repair.blamesOne(e)) {
        throw e;
      }
      if (wanted.size() == 1) {
        judge(wanted, Optional.of(Failure.text(e)));
      } else {
        List<String> ports = new ArrayList<>(wanted.keySet());
        run(part(wanted, ports.subList(0, ports.size() / 2)));
        run(part(wanted, ports.subList(ports.size() / 2, ports.size())));
      }
    }
  }

  private void judge(Map<String, ?> asked, Optional<String> objection) {
    asked.keySet().forEach(port -> verdicts.put(port, objection));
  }

  private static <T> Map<String, T> part(Map<String, T> of, List<String> ports) {
    Map<String, T> part = new TreeMap<>();
    ports.forEach(port -> part.put(port, Objects.requireNonNull(of.get(port))));
    return part;
  }
}
