package io.patchbay.torshims;

import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A replica of a shim that is a process of its own, and can be killed. */
final class ReplicaProcess implements AutoCloseable {
  private final Process process;

  private ReplicaProcess(Process process) {
    this.process = process;
  }

  /** The process: starts with its environment, and says when it serves or stands by. */
  static final class Replica {
    private Replica() {}

    static void main(String[] arguments) throws IOException {
      var unused =
          TorShim.start(
              Environment.read(TorShimConfig.class, System.getenv()),
              Optional.empty(),
              failure -> Runtime.getRuntime().halt(1),
              Time.system());
      System.out.println("started");
      var end = System.in.read();
    }
  }

  /** Returns when it serves or stands by. */
  static ReplicaProcess start(Map<String, String> environment) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Replica.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    ReplicaProcess replica = new ReplicaProcess(builder.start());
    replica.awaitStart();
    return replica;
  }

  private void awaitStart() throws IOException {
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = out.readLine();
    while (line != null && !line.equals("started")) {
      line = out.readLine();
    }
    if (line == null) {
      throw new IOException("the replica has not started");
    }
    Thread.startVirtualThread(() -> drain(out));
  }

  /** Else it would wait for a reader. */
  private static void drain(BufferedReader out) {
    try {
      while (out.readLine() != null) {
        // nobody wants to know
      }
    } catch (IOException e) {
      return; // it was killed
    }
  }

  /** Kills it. */
  @Override
  public void close() {
    try {
      if (!process.destroyForcibly().waitFor(10, TimeUnit.SECONDS)) {
        throw new Failure(Failure.Kind.INTERNAL, process + " does not end");
      }
    } catch (InterruptedException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted", e);
    }
  }
}
