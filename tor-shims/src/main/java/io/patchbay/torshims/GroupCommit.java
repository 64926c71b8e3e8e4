package io.patchbay.torshims;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes changes that have come together in one commit; if the switch refuses it, halves are tried,
 * so that a bad change does not fail its neighbours. What is refused at the other switch of a pair
 * is not confirmed at this one. Called in the turns of the switch's writer.
 */
final class GroupCommit {
  private static final Logger log = LoggerFactory.getLogger(GroupCommit.class);

  private final Repair.Site site;
  private final Repair repair;
  private final Agreement agreement;
  private final Time time;

  /**
   * @param agreement is asked before each commit is confirmed
   */
  GroupCommit(Repair.Site site, Repair repair, Agreement agreement, Time time) {
    this.site = site;
    this.repair = repair;
    this.agreement = agreement;
    this.time = time;
  }

  /** Makes all changes of a group in one commit, or finds out which can be made. */
  void make(List<Change> group) {
    make(group, touched(group, true));
  }

  private void make(List<Change> group, Set<String> touched) {
    try {
      site.heirs()
          .keep(site.ports().own(site.claims().after(group), touched, site.heirs().grace()));
      PortIntent next = site.claims().after(group);
      Set<Integer> before = site.claims().intent().vlans();
      Map<String, String> wanted = wanted(next, touched);
      Map<String, String> fresh = new TreeMap<>(wanted);
      fresh.entrySet().removeAll(wanted(site.claims().intent(), touched).entrySet());
      site.account().begin(group, fresh);
      long start = time.nanos();
      Map<String, Altered> altered =
          agreement.making(group, () -> site.ports().settle(next, touched, patience(group)));
      site.claims().make(group, time.now());
      repair.doubts().dispel(touched);
      release(next, touched);
      if (!next.vlans().containsAll(before)) {
        repair.afterLastOfVlan();
      }
      site.account().made(group, wanted, altered, time.nanos() - start);
      group.forEach(Change::done);
    } catch (RuntimeException e) {
      failed(group, touched, Repair.failure(e));
    }
  }

  /** The switch has it all: where that cannot be written down, it is no failure of the changes. */
  private void release(PortIntent next, Set<String> touched) {
    try {
      site.ports().release(next, touched);
    } catch (RuntimeException e) {
      Failure failure = Repair.failure(e);
      log.warn("{}: ports put back stay owned: {}", site.name(), Failure.text(failure));
      Set<String> kept = new TreeSet<>(touched);
      kept.retainAll(site.ports().owned());
      kept.removeAll(next.wanted().keySet());
      repair.after(kept, failure);
    }
  }

  private void failed(List<Change> group, Set<String> touched, Failure failure) {
    if (Hindrance.isBehind(failure, Disagreement.class)) {
      makeOthers(group);
      return;
    }
    if (group.size() > 1 && Repair.blamesOne(failure)) {
      make(group.subList(0, group.size() / 2));
      make(group.subList(group.size() / 2, group.size()));
      return;
    }
    Set<String> needed = touched(group, false);
    if (needed.size() < touched.size() && Repair.blamesOne(failure)) {
      touched.removeAll(needed);
      repair.after(touched, failure);
      make(group, needed);
    } else {
      refuse(group, touched, failure);
    }
  }

  /** Without those that are refused at the other switch of their pair: those are undone here. */
  private void makeOthers(List<Change> group) {
    List<Change> others =
        group.stream().filter(change -> change.pairing().refusal().isEmpty()).toList();
    for (Change change : group) {
      change
          .pairing()
          .refusal()
          .ifPresent(why -> refuse(List.of(change), touched(List.of(change), true), why));
    }
    if (!others.isEmpty()) {
      make(others);
    }
  }

  /**
   * The items of a group's ports that are to be another, and their VLANs; or all. What a service
   * wants of a port for itself must not hold up the VLANs of others there; but what somebody who
   * has left still has bound there would act on whoever comes.
   */
  private Set<String> touched(List<Change> group, boolean all) {
    Set<String> on = group.stream().map(Change::port).collect(Collectors.toSet());
    Map<String, PortConfig> before = site.claims().intent().wantedOn(on);
    Map<String, PortConfig> after = site.claims().after(group).wantedOn(on);
    Set<String> touched = new TreeSet<>(on);
    Stream.concat(before.keySet().stream(), after.keySet().stream())
        .filter(item -> all || !Objects.equals(before.get(item), after.get(item)))
        .forEach(touched::add);
    site.ports().owned().stream()
        .map(PortItem::of)
        .filter(item -> item.isBound() && on.contains(item.port()))
        .map(PortItem::key)
        .filter(item -> !after.containsKey(item))
        .forEach(touched::add);
    return touched;
  }

  /** What ports should be, in words; nothing where that is nobody's business. */
  private Map<String, String> wanted(PortIntent by, Set<String> all) {
    Map<String, String> wanted = new TreeMap<>();
    all.forEach(
        port -> wanted.put(port, site.ports().wanted(by, port).map(Object::toString).orElse("")));
    return wanted;
  }

  private Duration patience(List<Change> group) {
    Instant last = group.stream().map(Change::deadline).max(Instant::compareTo).orElseThrow();
    return Duration.between(time.now(), last);
  }

  /** Nothing is known of the ports now. Who leaves has left all the same. */
  private void refuse(List<Change> group, Set<String> touched, Failure failure) {
    site.claims()
        .make(group.stream().filter(change -> change.outlives(failure)).toList(), time.now());
    group.forEach(
        change -> log.warn("{}: {} failed: {}", site.name(), change, Failure.text(failure)));
    site.account().refused(group, failure);
    repair.after(touched, failure);
    group.forEach(change -> change.failed(failure));
  }
}
