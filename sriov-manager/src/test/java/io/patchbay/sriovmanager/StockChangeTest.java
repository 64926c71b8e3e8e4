package io.patchbay.sriovmanager;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Await;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.linux.PciAddress;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The config changes again while a PF that takes its time is being made as it was to be before. */
class StockChangeTest {
  private static final PciAddress PF = FakeMachine.PFS.getFirst();
  private static final Duration DAY = Duration.ofDays(1);
  private static final String LISTED =
      """
      physicalFunctions:
        "%s": {pfKernelDriver: ice, vfKernelDriver: %s, capabilities: [100g],
          serviceDomains: [example.com]}
      """;

  @TempDir Path folder;
  private final Stack opened = new Stack();
  private final FakeMachine machine = new FakeMachine();

  /** The first VF to be bound to othervf is at this point. */
  private final CountDownLatch reached = new CountDownLatch(1);

  private final CountDownLatch free = new CountDownLatch(1);
  private final AtomicInteger bound = new AtomicInteger();

  /** Calls for the PF that began while another one was under way. */
  private final AtomicInteger besides = new AtomicInteger();

  private Ledger ledger;
  private Stock stock;

  @BeforeEach
  void start() {
    ledger =
        opened.push(Ledger.open(folder.resolve("ledger"), new FakeTime(), Patience.USUAL, "1"));
    Hardware real = machine.seenBy(new Life());
    Hardware slow =
        (Hardware)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {Hardware.class},
                (proxy, method, arguments) -> slowly(real, method, arguments));
    Damping damping = new Damping(new FakeTime(), Duration.ofSeconds(2));
    Stock.Pace pace = new Stock.Pace(DAY, DAY, Duration.ofSeconds(30));
    stock = opened.push(new Stock(config("iavf"), slow, ledger, () -> damping, pace));
    stock.start();
    assertEquals(32, count(State.FREE));
  }

  @AfterEach
  void stop() {
    free.countDown();
    opened.close();
  }

  private Object slowly(Hardware real, Method method, Object[] arguments) throws Throwable {
    if (arguments[0] instanceof Plan.Step.BindDriver(PciAddress _, String driver)
        && driver.equals("othervf")
        && bound.incrementAndGet() == 1) {
      reached.countDown();
      letGo();
    } else if (arguments[0].equals(PF) && reached.getCount() == 0 && free.getCount() == 1) {
      besides.incrementAndGet();
    }
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** As a write to a NIC, it cannot be interrupted. */
  private void letGo() {
    boolean done = false;
    while (!done) {
      try {
        free.await();
        done = true;
      } catch (InterruptedException e) {
        // goes on
      }
    }
  }

  private static SriovConfig config(String driver) {
    return SriovConfigTest.parse(LISTED.formatted(PF, driver));
  }

  private void become(SriovConfig config) {
    assertEquals(List.of(), stock.become(config));
  }

  private void becomeSlowly() throws InterruptedException {
    become(config("othervf"));
    reached.await();
  }

  private long count(State state) {
    return stock.catalog().get().getFunctionsList().stream()
        .map(VirtualFunction::getState)
        .filter(state::equals)
        .count();
  }

  private static void eventually(String what, BooleanSupplier condition) {
    Await.until(what, Duration.ofSeconds(10), condition);
  }

  private String driver(int number) {
    return stock.catalog().get().getFunctions(number).getDriver();
  }

  @Test
  void nothingCanBeHadUntilThePfIsAsItIsWantedNow() throws InterruptedException {
    becomeSlowly();
    assertEquals(32, count(State.BROKEN));
    become(config("iavf")); // which all of them had when it was looked at last
    assertEquals(32, count(State.BROKEN));
    assertTrue(
        stock.catalog().get().getFunctionsList().stream()
            .allMatch(vf -> vf.getReason().equals("is being made as the config wants")));
    free.countDown();
    eventually("as it was", () -> count(State.FREE) == 32);
    assertEquals("iavf", driver(0));
    assertEquals(1, bound.get()); // the rest of the old steps was not done
  }

  @Test
  void aVfThatIsTakenMeanwhileKeepsItsDriver() throws InterruptedException {
    becomeSlowly();
    PciAddress vf = machine.vfs().stream().filter(one -> one.pf.equals(PF)).toList().get(5).address;
    ledger.report(
        Map.of(
            vf,
            new ClaimRules.Listed("example.com/100g", new Claim.Use("default", "cnf-1", "a", 0))),
        false);
    free.countDown();
    eventually("made", () -> count(State.FREE) == 31);
    assertEquals("othervf", driver(4));
    assertEquals("iavf", driver(5));
    assertEquals(State.RESERVED, stock.catalog().get().getFunctions(5).getState());
  }

  /** Leaving the config and coming back makes a new keeper, which waits for the old one's end. */
  @Test
  void aPfHasOneWriter() throws InterruptedException {
    becomeSlowly();
    SriovConfig other = SriovConfigTest.parse(LISTED.formatted(FakeMachine.PFS.get(1), "iavf"));
    for (SriovConfig next : List.of(new SriovConfig(Map.of()), config("iavf"))) {
      become(next);
      become(new SriovConfig(Map.of()));
    }
    become(config("iavf"));
    assertEquals(0, stock.catalog().get().getFunctionsCount());
    become(
        new SriovConfig(
            Map.of(
                PF,
                config("iavf").physicalFunctions().get(PF),
                FakeMachine.PFS.get(1),
                other.physicalFunctions().get(FakeMachine.PFS.get(1)))));
    eventually("only the other one", () -> count(State.FREE) == 32);
    eventually(
        "all of it of the other one",
        () ->
            stock.catalog().get().getFunctionsList().stream()
                .noneMatch(vf -> vf.getPfAddress().equals(PF.toString())));
    assertEquals(0, besides.get());
    free.countDown();
    eventually("both", () -> count(State.FREE) == 64);
    assertEquals(1, bound.get());
  }
}
