package io.patchbay.cli.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Json;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShowingTest {
  @TempDir Path folder;
  private final Report report = new Report();
  private final StringWriter screen = new StringWriter();
  private final List<String> happened = new ArrayList<>();

  /** A play of two acts, each of which may go wrong. */
  private Showing.Play play(Runnable steps, Runnable end) {
    return new Showing.Play() {
      @Override
      public void run() {
        happened.add("run");
        steps.run();
      }

      @Override
      public void close() {
        happened.add("close");
        end.run();
      }
    };
  }

  private static Runnable wrong(String why) {
    return () -> {
      throw new IllegalStateException(why);
    };
  }

  private int show(Showing.Play play) {
    Progress progress = new Progress(new PrintWriter(screen), report, new FakeTime());
    return new Showing(progress, report, Optional.of(file()))
        .of(play, () -> happened.add("pause " + written().get("ok")));
  }

  private Path file() {
    return folder.resolve("report.json");
  }

  private JsonNode written() {
    return Json.readFile(file(), JsonNode.class);
  }

  @Test
  void theReportIsThereBeforeThePauseAndTheTakingDown() {
    assertEquals(0, show(play(() -> {}, () -> {})));
    assertEquals(List.of("run", "pause true", "close"), happened);
    assertTrue(written().get("ok").asBoolean());
    assertTrue(screen.toString().contains("All steps hold."));
  }

  @Test
  void aMistakeOfTheDemonstrationItselfIsReported() {
    assertEquals(1, show(play(wrong("no such thing"), () -> {})));
    assertEquals(List.of("run", "pause false", "close"), happened);
    assertFalse(written().get("ok").asBoolean());
    assertEquals("no such thing", written().get("failure").asText());
    assertTrue(screen.toString().contains("Failed: no such thing"));
  }

  @Test
  void whatGoesWrongWhenItIsTakenDownIsReported() {
    assertEquals(1, show(play(() -> {}, wrong("still mounted"))));
    assertEquals("still mounted", written().get("failure").asText());
  }

  @Test
  void whatWentWrongFirstIsTheReason() {
    assertEquals(1, show(play(wrong("first"), wrong("second"))));
    assertEquals("first", written().get("failure").asText());
  }
}
