package io.patchbay.sriovmanager;

import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.SriovConfig.Entry;
import io.patchbay.sriovmanager.SriovConfig.Wish;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What becomes of the wanted state when the config changes: the new one, except for each PF with a
 * VF in use that the change would take away, rename or rebind. Such a PF stays as it is, whole.
 * Pure.
 *
 * @param refusals for each VF that stands in the way: which pod has it, and what would happen to it
 * @param withheld by VF of such PFs: why nobody is to be given it, as that would put the change off
 */
record ConfigChange(SriovConfig next, List<String> refusals, Map<PciAddress, String> withheld) {
  private static final String WITHHELD =
      "is offered to nobody: the config changes it once PF %s has no VF in the way";
  private static final String WITHHELD_BEGINS = WITHHELD.substring(0, WITHHELD.indexOf('%'));

  ConfigChange {
    refusals = List.copyOf(refusals);
    withheld = Map.copyOf(withheld);
  }

  static ConfigChange of(
      SriovConfig current, SriovConfig wanted, Inventory found, Map<PciAddress, Claim> claims) {
    Map<PciAddress, Entry> next = new TreeMap<>(wanted.physicalFunctions());
    List<String> refusals = new ArrayList<>();
    Map<PciAddress, String> withheld = new TreeMap<>();
    current
        .physicalFunctions()
        .forEach((pf, before) -> {
          Optional<Entry> after = Optional.ofNullable(next.get(pf));
          List<String> harm = harm(pf, before, after, found, claims);
          if (!harm.isEmpty()) {
            next.put(pf, before);
            refusals.addAll(harm);
            withheld.putAll(withheld(pf, before, after, found));
          }
        });
    return new ConfigChange(new SriovConfig(next), refusals, withheld);
  }

  /** The VFs that the change takes from a name: granted by it, each would put the change off. */
  private static Map<PciAddress, String> withheld(
      PciAddress pf, Entry before, Optional<Entry> after, Inventory found) {
    Map<PciAddress, String> withheld = new TreeMap<>();
    for (Inventory.Virtual vf :
        found.physical(pf).map(Inventory.Physical::virtualFunctions).orElse(List.of())) {
      Optional<Wish> is = before.wish(vf.number());
      Optional<Wish> becomes = after.flatMap(entry -> entry.wish(vf.number()));
      if (is.isPresent() && !becomes.filter(next -> keeps(next, is.get())).isPresent()) {
        withheld.put(vf.address(), WITHHELD.formatted(pf));
      }
    }
    return withheld;
  }

  /** Whether it is for a change that waits, and no other reason, that a VF cannot be had. */
  static boolean withholds(String reason) {
    return reason.startsWith(WITHHELD_BEGINS);
  }

  private static boolean keeps(Wish becomes, Wish is) {
    return becomes.driver().equals(is.driver())
        && becomes.names().containsAll(is.names())
        && becomes.extras().containsAll(is.extras())
        && (becomes.problem().isEmpty() || !is.problem().isEmpty());
  }

  private static List<String> harm(
      PciAddress pf,
      Entry before,
      Optional<Entry> after,
      Inventory found,
      Map<PciAddress, Claim> claims) {
    List<String> harm = new ArrayList<>();
    if (after.equals(Optional.of(before))) {
      return harm;
    }
    List<Inventory.Virtual> vfs =
        found.physical(pf).map(Inventory.Physical::virtualFunctions).orElse(List.of());
    for (Inventory.Virtual vf : vfs) {
      Claim claim = claims.get(vf.address());
      if (claim != null) {
        String what = harm(claim, before, after, vf.number());
        if (!what.isEmpty()) {
          harm.add(
              "PF %s stays configured as it was until VF %s is free: it is %s, and the config %s"
                  .formatted(pf, vf.address(), use(claim), what));
        }
      }
    }
    if (vfs.isEmpty() || found.troubles().containsKey(pf)) {
      claims.forEach((vf, claim) -> {
        if (mayBeOf(pf, vf, found)) {
          harm.add(
              "PF %s stays configured as it was until VF %s is free or found: it is %s and may be its"
                  .formatted(pf, vf, use(claim)));
        }
      });
    }
    return harm;
  }

  /** Of a PF whose VFs cannot be seen now. */
  private static boolean mayBeOf(PciAddress pf, PciAddress vf, Inventory found) {
    Inventory.Stray stray = found.others().there().get(vf);
    return found.physicalOf(vf).isEmpty() && (stray == null || stray.pf().equals(pf));
  }

  private static String harm(Claim claim, Entry before, Optional<Entry> after, int number) {
    Optional<Wish> wanted = after.flatMap(entry -> entry.wish(number));
    return before
        .wish(number)
        .map(is -> harm(claim, is, wanted))
        .orElseGet(() -> harm(claim, after, wanted));
  }

  /** Of a VF that is in use although the config does not want it already now. */
  private static String harm(Claim claim, Optional<Entry> after, Optional<Wish> wanted) {
    if (after.isEmpty()) {
      return "no longer has its PF";
    }
    String driver = claim.grant().driver();
    return wanted
        .map(Wish::driver)
        .filter(becomes -> !driver.isEmpty() && !becomes.equals(driver))
        .map(becomes -> wantsDriver(becomes, driver))
        .orElse("");
  }

  private static String wantsDriver(String becomes, String has) {
    return "now wants driver " + becomes + " for it instead of " + has;
  }

  private static String harm(Claim claim, Wish is, Optional<Wish> wanted) {
    if (wanted.isEmpty()) {
      return "no longer has it";
    }
    Wish becomes = wanted.get();
    if (is.problem().isEmpty() && !becomes.problem().isEmpty()) {
      return "cannot be followed: " + becomes.problem();
    }
    String granted = claim.grant().driver();
    if (!is.driver().equals(becomes.driver()) && !becomes.driver().equals(granted)) {
      return wantsDriver(becomes.driver(), granted.isEmpty() ? is.driver() : granted);
    }
    if (!becomes.extras().containsAll(is.extras())) { // its container could not be started again
      return "no longer has device nodes for it that its container has";
    }
    return names(is, claim) && !names(becomes, claim) ? "no longer calls it that" : "";
  }

  private static boolean names(Wish wish, Claim claim) {
    return wish.names().stream().anyMatch(name -> name.toString().equals(claim.grant().resource()));
  }

  private static String use(Claim claim) {
    String state = claim.state().name().toLowerCase(Locale.ROOT);
    String pod =
        claim.use().seen()
            ? "pod " + claim.use().namespace() + "/" + claim.use().pod()
            : "a pod that has not been seen yet";
    return state + " by " + pod + " as " + claim.grant().resource();
  }
}
