package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Dials for real, writes down what is said, and cuts the line right behind the n-th message when it
 * is told to, before an answer can be read.
 */
final class RecordingDial implements NetconfSwitch.Dial {
  final List<String> said = new CopyOnWriteArrayList<>();
  private final NetconfSwitch.Dial real;
  private final AtomicInteger untilCut = new AtomicInteger(Integer.MAX_VALUE);
  private final List<String> omens = new CopyOnWriteArrayList<>();
  private volatile boolean dead;
  private volatile boolean diesWithTheLine;
  private volatile boolean garblesReads;

  RecordingDial(NetconfSwitch.Dial real) {
    this.real = real;
  }

  /** Cuts once, behind the n-th message from now on; the first is 1. */
  void cutBehind(int messages) {
    untilCut.set(messages);
  }

  /** Cuts the same way, and lets no one dial after that: the process is gone. */
  void dieBehind(int messages) {
    diesWithTheLine = true;
    untilCut.set(messages);
  }

  /** The process is gone behind a message, of several that begin so, one after the other. */
  void dieBehind(String... starts) {
    omens.addAll(List.of(starts));
  }

  /**
   * From an edit on, what is read is asked for in a way that no switch knows, to the session's end.
   */
  void garbleReadsBehindAnEdit() {
    garblesReads = true;
  }

  long count(String start) {
    return said.stream().filter(text -> text.startsWith(start)).count();
  }

  @Override
  public Wire open() {
    if (dead) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "dead");
    }
    return new Recorded(real.open());
  }

  private final class Recorded extends FilterOutputStream implements Wire {
    private final Wire wire;
    private boolean garbles;

    Recorded(Wire wire) {
      super(wire.out());
      this.wire = wire;
    }

    @Override
    public InputStream in() {
      return wire.in();
    }

    @Override
    public OutputStream out() {
      return this;
    }

    @Override
    public void write(byte[] bytes) throws IOException {
      String text = new String(bytes, StandardCharsets.UTF_8);
      if (garblesReads && text.contains("<edit-config>")) {
        garblesReads = false;
        garbles = true;
      }
      out.write(
          garbles
              ? text.replace("get-config>", "got-config>").getBytes(StandardCharsets.UTF_8)
              : bytes);
      if (text.startsWith("<rpc ")) {
        said.add(text.replaceFirst("<rpc [^>]*>", "").replace("</rpc>", ""));
        if (!omens.isEmpty() && said.getLast().startsWith(omens.getFirst())) {
          omens.removeFirst();
          if (omens.isEmpty()) {
            dieBehind(1);
          }
        }
      }
    }

    @Override
    public void flush() throws IOException {
      out.flush();
      if (untilCut.getAndDecrement() == 1) {
        dead = diesWithTheLine;
        wire.close();
        throw new IOException("cut");
      }
    }

    @Override
    public void close() {
      wire.close();
    }
  }
}
