package io.patchbay.cli.demo;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.io.PrintWriter;
import java.util.Locale;

/**
 * Tells the person in front of the screen which step runs, what it showed, and how long it took.
 */
final class Progress {
  /** A step: it returns what it showed, in a few words, or throws what it saw instead. */
  @FunctionalInterface
  interface Step {
    String run();
  }

  private final PrintWriter out;
  private final Report report;
  private final Time time;

  Progress(PrintWriter out, Report report, Time time) {
    this.out = out;
    this.report = report;
    this.time = time;
  }

  /** Runs a step and prints its line. Throws what the step throws, after saying so. */
  void step(String name, Step step) {
    long start = time.nanos();
    if (System.console() != null) {
      out.printf("  … %s", name);
      out.flush();
    }
    try {
      String shown = step.run();
      line("✓", name, start, shown);
    } catch (RuntimeException e) {
      line("✗", name, start, Failure.text(e));
      throw new Failure(Failure.Kind.INTERNAL, name + ": " + Failure.text(e), e);
    } finally {
      report.step(name, millis(start));
    }
  }

  private void line(String mark, String name, long start, String shown) {
    String clear = System.console() == null ? "" : "\r";
    out.printf(
        Locale.ROOT,
        "%s  %s %-52s %6.1f s  %s%n",
        clear,
        mark,
        name,
        millis(start) / 1000.0,
        shown);
    out.flush();
  }

  private long millis(long start) {
    return (time.nanos() - start) / 1_000_000;
  }

  /** Prints text of its own. */
  void say(String text) {
    out.println(text);
    out.flush();
  }
}
