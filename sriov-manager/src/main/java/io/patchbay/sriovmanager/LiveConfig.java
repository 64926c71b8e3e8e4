package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The config file as it is now, made to count while the daemon runs. A file with a mistake is told
 * and what it said before stands; what a pod's VF stands in the way of is told and done later. The
 * kernel tells of changes in the file's folder; as nothing tells of all the ways in which a file
 * can be mounted, nor of all NICs that come and go, it looks again every few seconds besides. One
 * thread does all of it.
 */
final class LiveConfig implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LiveConfig.class);

  /** The time between two looks when nothing happens. */
  static final Duration INTERVAL = Duration.ofSeconds(10);

  /** A file is read once it has been left alone for so long: an editor may write it in parts. */
  private static final Duration QUIET = Duration.ofMillis(100);

  private final Path path;
  private final Candidates candidates;
  private final KeptConfig kept;
  private final Semaphore wake = new Semaphore(0);
  private ConfigFile file;
  private List<Candidate> there = List.of();
  private List<String> idle = List.of();
  private volatile List<String> problems = List.of();
  private Runnable changed = () -> {};
  private Supplier<Optional<String>> also = Optional::empty;
  private Optional<WatchService> events = Optional.empty();
  private @Nullable WatchKey watched;
  private Optional<Thread> thread = Optional.empty();

  private LiveConfig(Path path, ConfigFile file, Candidates candidates, KeptConfig kept) {
    this.path = path.toAbsolutePath();
    this.file = file;
    this.candidates = candidates;
    this.kept = kept;
  }

  /**
   * Reads the file; one that is wrong now is replaced by what was kept of it when it was good, with
   * a loud word. Throws {@link Failure} with file and line when nothing was kept.
   */
  static LiveConfig open(Path path, Candidates candidates, KeptConfig kept) {
    try {
      return new LiveConfig(path, ConfigFile.read(path), candidates, kept);
    } catch (Failure e) {
      LiveConfig live = new LiveConfig(path, kept.read().orElseThrow(() -> e), candidates, kept);
      live.problems = List.of(broken(e));
      live.problems.forEach(log::error);
      return live;
    }
  }

  private static String broken(Failure e) {
    return Failure.text(e) + "; what the file said before stands";
  }

  /** What is wanted, as the file and the PFs are now. Not once it has been started. */
  SriovConfig wanted() {
    if (!file.selectors().isEmpty()) {
      try {
        there = candidates.look();
      } catch (Failure e) {
        log.warn("the PFs of this node cannot be listed: {}", Failure.text(e));
      }
      tellIdle();
    }
    return file.select(there);
  }

  private void tellIdle() {
    List<String> now = file.idle(there);
    now.stream()
        .filter(selector -> !idle.contains(selector))
        .forEach(selector -> log.warn("{}: {} chooses no PF that is here now", path, selector));
    idle = now;
  }

  /**
   * From now on the stock follows the file.
   *
   * @param interval the time between two looks when nothing happens
   */
  void start(Stock stock, Ledger ledger, Duration interval) {
    events = watchService();
    events.ifPresent(news -> Thread.ofVirtual().name("config-watch").start(() -> listen(news)));
    ledger
        .news()
        .onChange(() -> {
          if (!problems.isEmpty()) {
            wake(); // a VF that stood in the way may be free
          }
        });
    thread = Optional.of(Thread.ofVirtual().name("config").start(() -> run(stock, interval)));
  }

  /** Has this run whenever the file says something else than before. Not once started. */
  void onChange(Runnable told) {
    changed = told;
  }

  /** Tells this among its own problems. Not once started. */
  void also(Supplier<Optional<String>> problem) {
    also = problem;
  }

  /** Looks at the file and the PFs soon: something may have changed. */
  void wake() {
    wake.release();
  }

  /** What is wrong with the file, or is not done of it; empty when all of it counts. */
  List<String> problems() {
    return problems;
  }

  private void run(Stock stock, Duration interval) {
    try {
      while (true) {
        watchFolder();
        look(stock);
        if (wake.tryAcquire(interval.toMillis(), TimeUnit.MILLISECONDS)) {
          settle();
        }
      }
    } catch (InterruptedException end) {
      log.debug("{} is no longer followed", path);
    }
  }

  private void settle() throws InterruptedException {
    for (int i = 0; i < 10; i++) { // a folder where something is always written is read too
      wake.drainPermits();
      if (!wake.tryAcquire(QUIET.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    }
  }

  private void look(Stock stock) {
    List<String> found = new ArrayList<>();
    try {
      ConfigFile now = ConfigFile.read(path);
      if (!now.equals(file)) {
        log.info("{} has changed", path);
        file = now;
        changed.run();
      }
      kept.keep(path, now);
    } catch (Failure e) {
      found.add(broken(e));
    }
    try {
      found.addAll(stock.become(wanted()));
    } catch (RuntimeException e) { // whatever it is: the next look may find it gone
      found.add("the config is not put into effect yet: " + Failure.text(e));
    }
    also.get().ifPresent(found::add);
    List<String> known = problems;
    problems = List.copyOf(found);
    stock.catalog().problems(problems);
    found.stream().filter(problem -> !known.contains(problem)).forEach(log::error);
    if (found.isEmpty() && !known.isEmpty()) {
      log.info("all that {} says is in effect", path);
    }
  }

  // ---- the kernel's news of the folder ----

  private Optional<WatchService> watchService() {
    try {
      return Optional.of(path.getFileSystem().newWatchService());
    } catch (IOException e) {
      log.warn("no inotify, looking at {} now and then instead: {}", path, Failure.text(e));
      return Optional.empty();
    }
  }

  /** A mounted ConfigMap changes by one link in the folder, not by the file's own entry. */
  private void watchFolder() {
    if (events.isEmpty() || (watched != null && watched.isValid())) {
      return;
    }
    try {
      watched =
          path.resolveSibling("")
              .register(
                  events.get(),
                  StandardWatchEventKinds.ENTRY_CREATE,
                  StandardWatchEventKinds.ENTRY_MODIFY,
                  StandardWatchEventKinds.ENTRY_DELETE);
    } catch (IOException e) {
      log.debug("the folder of {} cannot be watched: {}", path, Failure.text(e));
    }
  }

  private void listen(WatchService news) {
    try {
      while (true) {
        WatchKey key = news.take();
        key.pollEvents();
        key.reset();
        wake();
      }
    } catch (InterruptedException | ClosedWatchServiceException end) {
      log.debug("the folder of {} is no longer watched", path);
    }
  }

  @Override
  public void close() throws InterruptedException, IOException {
    if (thread.isPresent()) {
      thread.get().interrupt();
      thread.get().join();
    }
    if (events.isPresent()) {
      events.get().close();
    }
  }
}
