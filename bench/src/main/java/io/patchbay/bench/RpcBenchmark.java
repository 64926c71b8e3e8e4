package io.patchbay.bench;

import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.cli.Benchmark;
import io.patchbay.cli.Measurement;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What identity costs: mutual TLS, tokens and policies, beside the same without them, in turns
 * within one run.
 */
public final class RpcBenchmark implements Benchmark {
  private static final int WARM_UP = 500;
  private static final int TURNS = 1000;
  private static final int REFRESHES = 100;

  @Override
  public String name() {
    return "rpc";
  }

  @Override
  public String summary() {
    return "Mutual TLS, tokens and policies beside the same without them.";
  }

  @Override
  public List<Measurement> run(Path folder, PrintWriter progress) {
    Time time = Time.system();
    tell(progress, "Requests through one null hop, with identities and without, in turns …");
    List<Measurement> results = new ArrayList<>(nullHop(folder, time));
    tell(progress, "tokens, new ones and known ones …");
    results.addAll(TokenCosts.measure(time));
    tell(progress, "kernel vWires on two nodes, one of them without identities, in turns …");
    results.addAll(NamelessWires.measure(below(folder, "w"), time));
    return results;
  }

  private static void tell(PrintWriter progress, String what) {
    progress.println(what);
    progress.flush();
  }

  private static List<Measurement> nullHop(Path folder, Time time) {
    try (Stack opened = new Stack()) {
      NullHop known = opened.push(new NullHop(below(folder, "k"), Party.known(time), time));
      NullHop nameless = opened.push(new NullHop(below(folder, "n"), Party.nameless(), time));
      String standing = UUID.randomUUID().toString();
      CryptoCount first = CryptoCount.during(folder, () -> known.request(standing));
      List<Measurement> results = new ArrayList<>(requests(known, nameless, time));
      results.addAll(refreshes(known, standing, first, folder));
      return results;
    }
  }

  private static List<Measurement> requests(NullHop known, NullHop nameless, Time time) {
    Samples with = new Samples(time);
    Samples without = new Samples(time);
    for (int turn = -WARM_UP; turn < TURNS; turn++) {
      if (turn == 0) {
        with.clear();
        without.clear();
      }
      String id = UUID.randomUUID().toString();
      without.time(() -> nameless.request(id));
      with.time(() -> known.request(id));
      nameless.disconnect(id);
      known.disconnect(id);
    }
    String beside = "without identities";
    return List.of(
        Measurement.of("null hop Request p50", with.p50(), "ms").against(beside, without.p50()),
        Measurement.of("null hop Request p99", with.p99(), "ms").against(beside, without.p99()));
  }

  /** The first request shows that it is counted at all. */
  private static List<Measurement> refreshes(
      NullHop hop, String id, CryptoCount first, Path folder) {
    CryptoCount later =
        CryptoCount.during(
            folder,
            () -> {
              for (int i = 0; i < REFRESHES; i++) {
                hop.refresh(id);
              }
            });
    String metric = " in " + REFRESHES + " refreshes";
    String beside = "the first Request's";
    long checks = hop.remembered() + hop.verified();
    return List.of(
        Measurement.of("TLS handshakes" + metric, later.handshakes(), "times")
            .atMost(0, beside, first.handshakes()),
        Measurement.of("signatures made" + metric, later.signed(), "times")
            .atMost(0, beside, first.signed()),
        Measurement.of("signatures verified" + metric, later.verified(), "times")
            .atMost(0, beside, first.verified()),
        Measurement.of("signatures verified by the hop", hop.verified(), "times")
            .atMost(1, "different tokens that came", hop.tokensArrived()),
        Measurement.of("checks that found the signature known", hop.remembered(), "times")
            .against("all checks", checks));
  }

  private static Path below(Path folder, String name) {
    try {
      return Files.createDirectory(folder.resolve(name));
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, folder + ": " + Failure.text(e), e);
    }
  }
}
