package io.patchbay.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server in a process of its own that has no descriptor left for whoever connects (EMFILE). */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class NoDescriptorLeftTest {
  private static final int DESCRIPTORS = 300;

  @TempDir Path folder;

  /** The server: takes every descriptor there is, and gives them back when it reads a line. */
  public static final class Child {
    private Child() {}

    /** Serves at the URL that it is told. */
    public static void main(String[] arguments) throws IOException {
      Url url = Url.parse(arguments[0]);
      InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
      Logger netty = Logger.getLogger("io.netty.channel"); // held, or it is forgotten
      try (GrpcServer server = GrpcServer.start(List.of(url), List.of(new Echo(text -> text)));
          Channels channels = new Channels()) {
        Echo.say(channels.to(server.addresses().getFirst()), "everything is loaded");
        Handler failures =
            new StreamHandler() {
              @Override
              public void publish(LogRecord event) {
                System.out.println("failed " + Time.system().nanos());
              }
            };
        netty.addHandler(failures);
        System.out.println("loaded " + server.addresses().getFirst());
        List<FileInputStream> all = takeAll();
        System.out.println("full " + all.size());
        int unused = System.in.read();
        for (FileInputStream each : all) {
          each.close();
        }
        unused = System.in.read();
      }
    }

    private static List<FileInputStream> takeAll() {
      List<FileInputStream> all = new ArrayList<>();
      try {
        while (true) {
          all.add(new FileInputStream("/dev/null"));
        }
      } catch (IOException full) {
        return all;
      }
    }
  }

  private Process start() throws IOException {
    return new ProcessBuilder(
            "sh",
            "-c",
            "ulimit -n " + DESCRIPTORS + " && exec \"$@\"",
            "sh",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Child.class.getName(),
            "unix://" + folder.resolve("s.sock"))
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static String next(BufferedReader lines, String word) throws IOException {
    String line = String.valueOf(lines.readLine());
    assertTrue(line.startsWith(word + " "), line);
    return line.substring(word.length() + 1);
  }

  @Test
  void theServerTriesAgainOnceASecondUntilThereAreSome() throws Exception {
    Process server = start();
    try (BufferedReader lines = server.inputReader();
        Writer input = server.outputWriter();
        Channels channels = new Channels()) {
      Url url = Url.parse(next(lines, "loaded"));
      assertTrue(Integer.parseInt(next(lines, "full")) > DESCRIPTORS / 3);
      CompletableFuture<String> answer =
          CompletableFuture.supplyAsync(() -> Echo.say(channels.to(url), "a"));
      long first = Long.parseLong(next(lines, "failed"));
      next(lines, "failed");
      long third = Long.parseLong(next(lines, "failed"));
      // Two pauses of a second, up to what timers are early by; without a pause it would be
      // microseconds.
      assertTrue(third - first > TimeUnit.SECONDS.toNanos(1), third - first + " ns");
      assertTrue(!answer.isDone());
      input.write('\n');
      input.flush();
      assertEquals("a", answer.get(20, TimeUnit.SECONDS));
    } finally {
      server.destroyForcibly();
    }
  }
}
