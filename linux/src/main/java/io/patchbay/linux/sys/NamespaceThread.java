package io.patchbay.linux.sys;

import io.patchbay.base.Failure;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;

/**
 * A fresh platform thread that visits another network namespace and ends. Nothing may be started or
 * woken from in there: a new carrier thread would inherit the namespace and later virtual threads
 * would silently run in it. That is why the visitor goes home <em>before</em> it hands over its
 * result, for handing over wakes the caller.
 */
public final class NamespaceThread extends Thread {
  private static final int CLONE_NEWNET = 0x40000000; // linux/sched.h

  /** More tours than this wait for their turn. */
  private static final Semaphore touring = new Semaphore(64);

  private static final Path CURRENT = Path.of("/proc/thread-self/ns/net");

  private NamespaceThread(FutureTask<?> task) {
    super(null, task, "network-namespace", 0, false);
    setDaemon(true);
  }

  /** Whether the calling thread is such a visitor. */
  public static boolean isCurrent() {
    return Thread.currentThread() instanceof NamespaceThread;
  }

  /** Runs the work inside the namespace; what it throws comes out here. */
  public static <T> T visit(Descriptor namespace, Callable<T> work) {
    return run(() -> {
      enter(namespace);
      return work.call();
    });
  }

  /**
   * Runs work that makes several visits, and much talk with the kernel in between, on one such
   * thread: it begins at home and is home again between visits. What it throws comes out here. To
   * start a thread for each visit, and to change threads for each word with the kernel, would take
   * longer than most of what is done there.
   */
  public static <T> T tour(Callable<T> work) {
    if (isCurrent()) {
      return run(work);
    }
    touring.acquireUninterruptibly();
    try {
      return run(work);
    } finally {
      touring.release();
    }
  }

  /** Makes an empty network namespace that lives as long as the returned descriptor, or a user. */
  public static Descriptor create() {
    return run(() -> {
      if (Libc.unshare(CLONE_NEWNET) < 0) {
        throw Errno.failure(Errno.last(), "create a network namespace (are we root?)");
      }
      return Descriptor.open(CURRENT, Descriptor.READ_ONLY);
    });
  }

  private static void enter(Descriptor namespace) {
    namespace.call("enter " + namespace, fd -> Libc.setns(fd, CLONE_NEWNET));
  }

  private static <T> T run(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(() -> andHome(work));
    if (isCurrent()) {
      task.run();
    } else {
      new NamespaceThread(task).start();
    }
    return result(task);
  }

  private static <T> T andHome(Callable<T> work) throws Exception {
    try (Descriptor home = Descriptor.open(CURRENT, Descriptor.READ_ONLY)) {
      try {
        return work.call();
      } finally {
        enter(home);
      }
    }
  }

  private static <T> T result(FutureTask<T> task) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          throw rethrown(e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  static RuntimeException rethrown(ExecutionException failed) {
    return switch (failed.getCause()) {
      case RuntimeException e -> e;
      case Error e -> throw e;
      case null -> new Failure(Failure.Kind.INTERNAL, "failed without a cause", failed);
      case Throwable e -> new Failure(Failure.Kind.INTERNAL, Failure.text(e), e);
    };
  }
}
