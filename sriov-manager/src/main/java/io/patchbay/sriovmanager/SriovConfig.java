package io.patchbay.sriovmanager;

import io.patchbay.linux.PciAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * What is wanted of each PF of this node: the {@link ConfigFile} once its selectors have been
 * applied to the PFs there are. Immutable.
 */
record SriovConfig(Map<PciAddress, Entry> physicalFunctions) {
  SriovConfig {
    physicalFunctions = Collections.unmodifiableMap(new TreeMap<>(physicalFunctions));
  }

  /**
   * What is wanted of one PF.
   *
   * @param pfKernelDriver the driver it must have; empty when any will do
   * @param shares for which of its VFs who wants what
   */
  record Entry(String pfKernelDriver, List<Share> shares) {
    Entry {
      shares = List.copyOf(shares);
    }

    Entry and(Share more) {
      List<Share> all = new ArrayList<>(shares);
      all.add(more);
      return new Entry(pfKernelDriver, all);
    }

    /** Every name that some VF of this PF goes by. */
    SortedSet<ResourceName> names() {
      SortedSet<ResourceName> names = new TreeSet<>();
      shares.forEach(share -> names.addAll(share.names));
      return names;
    }

    /** What is wanted of the VF with this number; empty when it is left alone. */
    Optional<Wish> wish(int number) {
      Optional<Wish> all = Optional.empty();
      for (Share share : shares) {
        if (share.numbers.contains(number)) {
          all = Optional.of(all.map(wish -> wish.and(share.wish())).orElseGet(share::wish));
        }
      }
      return all;
    }
  }

  /**
   * What one entry of the file wants of some VFs of a PF.
   *
   * @param origin how the entry is called in messages
   * @param vfKernelDriver the driver they are given
   * @param names what they can be asked for by
   * @param options how they are set while a connection has them
   * @param extras what a container is given beside them
   */
  record Share(
      String origin,
      VfNumbers numbers,
      String vfKernelDriver,
      SortedSet<ResourceName> names,
      VfOptions options,
      Set<Extra> extras) {
    Share {
      names = Collections.unmodifiableSortedSet(new TreeSet<>(names));
      extras = Set.copyOf(extras);
    }

    /** One that gives containers nothing but the VFs. */
    Share(
        String origin,
        VfNumbers numbers,
        String vfKernelDriver,
        SortedSet<ResourceName> names,
        VfOptions options) {
      this(origin, numbers, vfKernelDriver, names, options, Set.of());
    }

    private Wish wish() {
      return new Wish(origin, vfKernelDriver, names, options, extras, "");
    }
  }

  /**
   * What all entries together want of one VF.
   *
   * @param origin who wants the driver, the options and the extras
   * @param problem why it cannot be had; empty when it can
   */
  record Wish(
      String origin,
      String driver,
      SortedSet<ResourceName> names,
      VfOptions options,
      Set<Extra> extras,
      String problem) {
    private Wish and(Wish other) {
      SortedSet<ResourceName> all = new TreeSet<>(names);
      all.addAll(other.names);
      String wrong = problem.isEmpty() ? conflict(other) : problem;
      return new Wish(origin, driver, all, options, extras, wrong);
    }

    private String conflict(Wish other) {
      if (!driver.equals(other.driver)) {
        return "the config is ambiguous: %s wants driver %s, %s wants %s"
            .formatted(origin, driver, other.origin, other.driver);
      }
      if (!options.equals(other.options)) {
        return "the config is ambiguous: %s and %s want different settings"
            .formatted(origin, other.origin);
      }
      return extras.equals(other.extras)
          ? ""
          : "the config is ambiguous: %s and %s differ in isRdma or needVhostNet"
              .formatted(origin, other.origin);
    }
  }

  /** Every name that some VF goes by. */
  SortedSet<ResourceName> names() {
    SortedSet<ResourceName> names = new TreeSet<>();
    physicalFunctions.values().forEach(entry -> names.addAll(entry.names()));
    return names;
  }

  /**
   * For each PF that somebody gave fewer VFs than it could have: how many are missing. That number
   * could only be changed by removing them all.
   */
  List<String> shortages(Inventory found) {
    return found.physicalFunctions().stream()
        .filter(pf -> !pf.virtualFunctions().isEmpty())
        .filter(pf -> pf.virtualFunctions().size() < pf.totalVfs())
        .filter(pf -> wantsMore(pf))
        .map(pf ->
            "PF %s has %d VFs, the config wants some of the %d it can have; nobody changes that while it has any"
                .formatted(pf.address(), pf.virtualFunctions().size(), pf.totalVfs()))
        .toList();
  }

  private boolean wantsMore(Inventory.Physical pf) {
    Entry entry = physicalFunctions.get(pf.address());
    return entry != null
        && IntStream.range(pf.virtualFunctions().size(), pf.totalVfs())
            .anyMatch(number -> entry.wish(number).isPresent());
  }

  /** What one of its PFs alone is to be made like: without names, which are no matter of it. */
  SriovConfig only(PciAddress pf) {
    Entry entry = Objects.requireNonNull(physicalFunctions.get(pf));
    List<Share> nameless =
        entry.shares.stream()
            .map(share ->
                new Share("", share.numbers, share.vfKernelDriver, new TreeSet<>(), share.options))
            .toList();
    return new SriovConfig(Map.of(pf, new Entry(entry.pfKernelDriver, nameless)));
  }
}
