package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the config wants of one PF, and the doing of it. Orders are numbered: what is done for one
 * of them ends as soon as there is a newer one. One thread carries out, another may {@link #give}.
 */
final class PfOrders {
  private static final Logger log = LoggerFactory.getLogger(PfOrders.class);

  private final PciAddress pf;
  private final Hardware hardware;
  private final Ledger ledger;
  private final BooleanSupplier closing;
  private volatile Order newest;

  /** The order that was begun last. */
  private volatile int begun;

  private volatile boolean refused;

  /** What is wanted, and how often that has changed. */
  record Order(int number, SriovConfig config) {}

  /**
   * @param config of all PFs
   * @param closing whether nothing more is to be done
   */
  PfOrders(
      PciAddress pf,
      SriovConfig config,
      Hardware hardware,
      Ledger ledger,
      BooleanSupplier closing) {
    this.pf = pf;
    this.newest = new Order(0, config.only(pf));
    this.hardware = hardware;
    this.ledger = ledger;
    this.closing = closing;
  }

  /** From now on this is wanted; says whether that is anything new. One caller at a time. */
  boolean give(SriovConfig config) {
    SriovConfig next = config.only(pf);
    if (next.equals(newest.config())) {
      return false;
    }
    newest = new Order(newest.number() + 1, next);
    return true;
  }

  /** The newest, which is begun now. */
  Order begin() {
    Order order = newest;
    begun = order.number();
    return order;
  }

  /** The newest. */
  Order newest() {
    return newest;
  }

  /** Whether there is one that was not begun. */
  boolean waiting() {
    return begun != newest.number();
  }

  /** Whether the kernel refused something of what was tried last. */
  boolean refused() {
    return refused;
  }

  /**
   * Says whether anything was done. What the kernel refuses is told and left for next time; nothing
   * more is done once something else is wanted.
   */
  boolean carryOut(Order order, Optional<Inventory.Physical> now) {
    Inventory found = new Inventory(now.stream().toList());
    Map<PciAddress, Claim> claims = ledger.claims();
    List<Plan.Step> steps = Plan.of(order.config(), found, claims).steps();
    boolean done = false;
    boolean failed = false;
    for (Plan.Step step : steps) {
      try {
        done |= apply(step, order, claims);
      } catch (RuntimeException e) {
        failed = true;
        log.error("{}: {}", step, Failure.text(e));
      }
    }
    refused = failed;
    return done;
  }

  /** A VF whose claim is not what the plan was made for is left to the next plan. */
  private boolean apply(Plan.Step step, Order order, Map<PciAddress, Claim> claims) {
    return switch (step) {
      case Plan.Step.CreateVfs _ -> applyIfWanted(step, order);
      case Plan.Step.BindDriver(PciAddress vf, String _) ->
          ledger.whileStill(
              vf,
              claim ->
                  claim
                          .map(Claim::grant)
                          .equals(Optional.ofNullable(claims.get(vf)).map(Claim::grant))
                      && applyIfWanted(step, order));
    };
  }

  private boolean applyIfWanted(Plan.Step step, Order order) {
    boolean still = !closing.getAsBoolean() && newest.number() == order.number();
    if (still) {
      hardware.apply(step);
    }
    return still;
  }
}
