package io.patchbay.hwsim.node;

import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A folder in which mounts made later are seen by hosts that are already there: what a rack's
 * folder has to be for a NIC's tree to show inside its node. It is a mount of its own, shared with
 * the hosts and not back; closing takes that away, and what is mounted in it.
 */
public final class SharedFolder implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Path folder;
  private final Stack opened = new Stack();

  private SharedFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * Makes an existing folder such a mount, in the mount namespace of this process. Throws {@link
   * Failure} of kind UNAVAILABLE when the machine does not let it.
   */
  public static SharedFolder mount(Path folder) {
    SharedFolder shared = new SharedFolder(folder);
    run(List.of("mount", "--bind", folder.toString(), folder.toString()));
    shared.opened.push(() -> run(List.of("umount", "--recursive", folder.toString())));
    try {
      run(List.of("mount", "--make-private", folder.toString()));
      run(List.of("mount", "--make-shared", folder.toString()));
      return shared;
    } catch (RuntimeException e) {
      shared.close();
      throw e;
    }
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  private static void run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new Failure(Failure.Kind.TIMEOUT, String.join(" ", command) + " hangs");
      }
      if (process.exitValue() != 0) {
        String said =
            new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        throw new Failure(Failure.Kind.UNAVAILABLE, String.join(" ", command) + ": " + said);
      }
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot run " + command.getFirst(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "interrupted during " + command.getFirst(), e);
    }
  }

  @Override
  public void close() {
    opened.close();
  }
}
