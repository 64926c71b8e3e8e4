package io.patchbay.torshims;

import io.patchbay.base.DurableMap;
import io.patchbay.base.Failure;
import io.patchbay.base.Journal;
import io.patchbay.base.Stack;
import io.patchbay.torshims.lease.Handover;
import io.patchbay.torshims.lease.Lease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the writer keeps what a successor must know. The lease names the folder of whoever wrote to
 * the switches last: another one than that is out of date, and what is in it is not to be believed,
 * for the ports it tells of may be somebody else's by now.
 */
final class StateFolder implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StateFolder.class);

  /** In the journal of the fabric: what tells this folder from those of other replicas. */
  private static final String NAME = "folder";

  private static final String FABRIC = "fabric";
  private static final String SESSIONS = "sessions";
  private static final String HISTORY = "history";

  /** The one that tells what the folder is goes last: until then all is moved at the next start. */
  private static final List<String> FILES = List.of(SESSIONS, HISTORY, HISTORY + ".1", FABRIC);

  private static final String OUTDATED = "outdated";
  private static final int OUTDATED_MOST = 8;

  private final Stack opened = new Stack();
  private final Path folder;
  private final Journal fabric;
  private final DurableMap intents;
  private final Journal sessions;
  private final String token;

  /**
   * Opens it, and has the lease name it. Throws {@link Failure}, as {@link Journal#open(Path)} and
   * {@link Lease#handOver} do.
   *
   * @param lease which is held
   * @param switches all that may have ports of ours
   * @param shim the shim's name
   * @param held throws unless the lease is surely held
   */
  StateFolder(Path folder, Lease lease, Set<String> switches, String shim, Runnable held) {
    this.folder = folder;
    Optional<Handover> left = lease.handover();
    try {
      this.fabric = opened.push(upToDate(left));
      boolean follows = follows(fabric, left);
      this.intents = Intents.open(fabric, lease, switches, held);
      this.sessions = opened.push(Journal.open(folder.resolve(SESSIONS)));
      this.token =
          FormerPorts.persist(
              intents,
              switches,
              left.map(Handover::token)
                  .orElseGet(() -> "patchbay-" + shim + "-" + UUID.randomUUID()));
      if (!follows) {
        FormerPorts.orphan(intents, switches);
      }
      lease.handOver(new Handover(name(fabric), token));
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  /** Whether the sessions in it are those of whoever wrote to the switches last. */
  private static boolean follows(Journal fabric, Optional<Handover> left) {
    String name = fabric.entries().getOrDefault(NAME, "");
    return left.map(Handover::folder).map(name::equals).orElse(!name.isEmpty());
  }

  /** The journal of the fabric; an empty one where the folder is out of date. */
  private Journal upToDate(Optional<Handover> left) {
    Journal found = Journal.open(folder.resolve(FABRIC));
    if (found.entries().isEmpty()
        || left.filter(handover -> !handover.folder().equals(name(found))).isEmpty()) {
      return found;
    }
    String outdated = name(found);
    found.close();
    setAside(folder.resolve(OUTDATED).resolve(outdated));
    return Journal.open(folder.resolve(FABRIC));
  }

  private void setAside(Path aside) {
    log.warn(
        "another replica has written to the switches since this state folder was used: what is in"
            + " it is out of date, and moved to {}; the switches are asked what their ports carry",
        aside);
    try {
      Files.createDirectories(aside);
      for (String file : FILES) {
        if (Files.exists(folder.resolve(file))) {
          Files.move(
              folder.resolve(file), aside.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
      }
      dropOldest();
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot move files to " + aside + ": " + Failure.text(e), e);
    }
  }

  /** Only so many are kept: what the ports were before is in the latest few, if at all. */
  private void dropOldest() throws IOException {
    try (Stream<Path> kept = Files.list(folder.resolve(OUTDATED))) {
      List<Path> oldest =
          kept.filter(Files::isDirectory)
              .sorted(Comparator.comparing((Path each) -> each.toFile().lastModified()).reversed())
              .skip(OUTDATED_MOST)
              .toList();
      for (Path each : oldest) {
        for (String file : FILES) {
          Files.deleteIfExists(each.resolve(file));
        }
        Files.delete(each);
      }
    }
  }

  /** Made when it is first asked for. */
  private static String name(Journal fabric) {
    String known = fabric.entries().get(NAME);
    if (known != null) {
      return known;
    }
    String fresh = UUID.randomUUID().toString();
    fabric.put(NAME, fresh);
    return fresh;
  }

  /** What must not be lost of switches and services: what is owned, and whose is which VLAN. */
  DurableMap intents() {
    return intents;
  }

  /** What was seen of switches, and what is to be undone there. */
  Journal fabric() {
    return fabric;
  }

  /** What must not be lost of connections. */
  Journal sessions() {
    return sessions;
  }

  /** What is good to know. */
  History history() {
    return History.in(folder.resolve(HISTORY));
  }

  /** Names the commits that are not confirmed, of this writer, those before, and those to come. */
  String token() {
    return token;
  }

  @Override
  public void close() {
    opened.close();
  }
}
