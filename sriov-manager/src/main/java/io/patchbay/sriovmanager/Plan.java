package io.patchbay.sriovmanager;

import io.patchbay.linux.PciAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is to be written so that the hardware is as the config wants it, and what stands in the way.
 * Pure; an empty list of steps means that nothing is left to do.
 *
 * @param problems by PF: why its VFs cannot be used
 */
record Plan(List<Step> steps, Map<PciAddress, String> problems) {
  Plan {
    steps = List.copyOf(steps);
    problems = Map.copyOf(problems);
  }

  /** One write to the hardware. */
  sealed interface Step {
    /** Makes a PF that has none have VFs, all it can. */
    record CreateVfs(PciAddress pf, int count) implements Step {}

    /** Gives a VF its driver. */
    record BindDriver(PciAddress vf, String driver) implements Step {}
  }

  /**
   * Decides. VFs in {@code claims} are left as they are; the number of VFs is never changed once
   * there are some, because the kernel can only do that by removing them all.
   */
  static Plan of(SriovConfig config, Inventory found, Map<PciAddress, Claim> claims) {
    List<Step> steps = new ArrayList<>();
    Map<PciAddress, String> problems = problems(config, found);
    config
        .physicalFunctions()
        .forEach((address, wanted) -> {
          if (!problems.containsKey(address)) {
            found.physical(address).ifPresent(pf -> steps.addAll(steps(pf, wanted, claims)));
          }
        });
    return new Plan(steps, problems);
  }

  /** By PF: why its VFs cannot be used. */
  static Map<PciAddress, String> problems(SriovConfig config, Inventory found) {
    Map<PciAddress, String> problems = new TreeMap<>();
    config
        .physicalFunctions()
        .forEach((address, wanted) -> {
          String problem = problem(address, found, wanted);
          if (!problem.isEmpty()) {
            problems.put(address, problem);
          }
        });
    return problems;
  }

  private static String problem(PciAddress address, Inventory found, SriovConfig.Entry wanted) {
    String trouble = found.troubles().getOrDefault(address, "");
    if (!trouble.isEmpty()) {
      return trouble;
    }
    String problem =
        found
            .physical(address)
            .map(pf -> problem(pf, wanted))
            .orElse("there is no PCI device " + address);
    boolean pending = problem.isEmpty() && found.pending().contains(address);
    return pending ? "is being made as the config wants" : problem;
  }

  private static String problem(Inventory.Physical pf, SriovConfig.Entry wanted) {
    if (pf.totalVfs() == 0) {
      return pf.address() + " cannot have VFs";
    }
    String driver = wanted.pfKernelDriver();
    boolean right = driver.isEmpty() ? !pf.driver().isEmpty() : pf.driver().equals(driver);
    if (!right) {
      String has = pf.driver().isEmpty() ? "no driver" : "driver " + pf.driver();
      String wants = driver.isEmpty() ? "one" : driver;
      return pf.address() + " has " + has + ", the config wants " + wants;
    }
    return "";
  }

  private static List<Step> steps(
      Inventory.Physical pf, SriovConfig.Entry wanted, Map<PciAddress, Claim> claims) {
    if (pf.virtualFunctions().isEmpty()) {
      return List.of(new Step.CreateVfs(pf.address(), pf.totalVfs()));
    }
    return pf.virtualFunctions().stream()
        .flatMap(vf ->
            Optional.ofNullable(claims.get(vf.address()))
                .map(claim -> bindAgain(vf, wanted, claim))
                .orElseGet(() -> bind(vf, wanted))
                .stream())
        .toList();
  }

  /**
   * After a reboot even the VFs that the ledger knows have lost their driver: they get the one that
   * they were granted with, whatever the config wants by now.
   */
  private static Optional<Step> bindAgain(
      Inventory.Virtual vf, SriovConfig.Entry wanted, Claim claim) {
    if (!vf.driver().isEmpty()) {
      return Optional.empty();
    }
    String before = before(vf, claim);
    return before.isEmpty()
        ? bind(vf, wanted)
        : Optional.of(new Step.BindDriver(vf.address(), before));
  }

  /**
   * The driver it was granted with; where the ledger does not tell, and it is to come home as an
   * interface, the one that somebody took off for its reset and was killed.
   */
  private static String before(Inventory.Virtual vf, Claim claim) {
    boolean lent = claim.hold().present() && !claim.hold().home().bare();
    String granted = claim.grant().driver();
    return granted.isEmpty() && lent ? vf.override() : granted;
  }

  private static Optional<Step> bind(Inventory.Virtual vf, SriovConfig.Entry wanted) {
    return wanted
        .wish(vf.number())
        .filter(wish -> wish.problem().isEmpty() && !vf.driver().equals(wish.driver()))
        .map(wish -> new Step.BindDriver(vf.address(), wish.driver()));
  }
}
