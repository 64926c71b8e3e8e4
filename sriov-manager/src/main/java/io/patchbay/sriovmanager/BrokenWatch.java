package io.patchbay.sriovmanager;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.events.Refusal;
import io.patchbay.sriovmanager.events.Refusal.Reason;
import io.patchbay.sriovmanager.events.Refusals;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of what is wrong without anybody having asked: PFs and VFs that cannot be used, VFs that do
 * not come home, and what of the config is not in effect. Each is told when it is first seen, and
 * again from time to time while it lasts. Looks once a second on a thread of its own, so that
 * nothing waits for it.
 */
final class BrokenWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(BrokenWatch.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);

  /** Events are forgotten after an hour by most API servers. */
  private static final Duration AGAIN = Duration.ofMinutes(15);

  private final Supplier<Set<Refusal>> wrong;
  private final Refusals refusals;
  private final Time time;
  private final Map<Refusal, Instant> told = new HashMap<>();
  private String trouble = "";
  private Optional<Thread> thread = Optional.empty();

  /**
   * @param wrong all that is wrong now
   */
  BrokenWatch(Supplier<Set<Refusal>> wrong, Refusals refusals, Time time) {
    this.wrong = wrong;
    this.refusals = refusals;
    this.time = time;
  }

  void start() {
    thread = Optional.of(Thread.ofVirtual().name("broken-watch").start(this::run));
  }

  private void run() {
    try {
      while (true) {
        lookAnyway();
        time.sleep(INTERVAL);
      }
    } catch (InterruptedException end) {
      log.debug("broken VFs are no longer told");
    }
  }

  /** Whatever keeps it from looking may be gone the next time. */
  private void lookAnyway() {
    try {
      look();
      trouble = "";
    } catch (RuntimeException e) {
      if (!trouble.equals(Failure.text(e))) {
        trouble = Failure.text(e);
        log.error("what is broken cannot be told now", e);
      }
    }
  }

  /** Tells what is new, and what has not been told for long. */
  void look() {
    Set<Refusal> now = wrong.get();
    told.keySet().retainAll(now);
    Instant at = time.now();
    for (Refusal refusal : now) {
      Instant last = told.get(refusal);
      if (last == null || !at.isBefore(last.plus(AGAIN))) {
        told.put(refusal, at);
        refusals.tell(refusal);
      }
    }
  }

  /**
   * All that is wrong. What is wrong with a PF is told once of the node, and to each pod that has a
   * VF of it; what is not in effect of the config, once of the node.
   *
   * @param problems by PF
   * @param troubles by VF: why it could not be brought home
   * @param config what is not in effect of it
   */
  static Set<Refusal> of(
      Catalog catalog,
      Map<PciAddress, String> problems,
      Map<PciAddress, String> troubles,
      List<String> config) {
    Set<Refusal> wrong = new LinkedHashSet<>();
    config.forEach(why -> wrong.add(Refusal.ofNode(Reason.CONFIG_REFUSED, why)));
    problems.forEach((pf, why) -> wrong.add(Refusal.ofNode(Reason.PF_BROKEN, whole(pf, why))));
    for (VirtualFunction vf : catalog.getFunctionsList()) {
      PciAddress address = PciAddress.parse(vf.getPciAddress());
      String trouble = troubles.getOrDefault(address, "");
      if (!trouble.isEmpty()) {
        wrong.add(of(vf, Reason.NOT_HOME, trouble));
      } else if (!vf.getFault().isEmpty() && !vf.getOwner().getPodName().isEmpty()) {
        wrong.add(of(vf, Reason.VF_BROKEN, vf.getFault()));
      } else if (vf.getState() == State.BROKEN
          && !isOfPf(vf, problems)
          && !ConfigChange.withholds(vf.getReason())) {
        wrong.add(of(vf, Reason.VF_BROKEN, vf.getReason()));
      }
    }
    return wrong;
  }

  /** Most of the texts name the PF already, by its address or by its interface. */
  private static String whole(PciAddress pf, String why) {
    return why.contains(pf.toString()) ? why : pf + ": " + why;
  }

  private static boolean isOfPf(VirtualFunction vf, Map<PciAddress, String> problems) {
    return problems.keySet().stream().anyMatch(pf -> pf.toString().equals(vf.getPfAddress()));
  }

  private static Refusal of(VirtualFunction vf, Reason reason, String why) {
    String pod = vf.getOwner().getPodName();
    String text = vf.getPciAddress() + " " + why;
    return pod.isEmpty()
        ? Refusal.ofNode(reason, text)
        : Refusal.ofPod(vf.getOwner().getPodNamespace(), pod, reason, text);
  }

  @Override
  public void close() throws InterruptedException {
    if (thread.isPresent()) {
      thread.get().interrupt();
      thread.get().join();
    }
  }
}
