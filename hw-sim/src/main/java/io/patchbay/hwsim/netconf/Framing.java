package io.patchbay.hwsim.netconf;

import io.patchbay.base.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * How messages are told apart on a stream (RFC 6242 section 4). A read takes exactly one message
 * from the stream, so the framing may change between two messages. Stateless.
 */
public enum Framing {
  /** Base 1.0, and every hello: the message, then {@code ]]>]]>}. */
  END_OF_MESSAGE {
    @Override
    public Optional<byte[]> read(InputStream in) throws IOException {
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      int matched = 0;
      for (int octet = in.read(); octet >= 0; octet = in.read()) {
        message.write(octet);
        matched = matchedAfter(matched, (byte) octet);
        if (matched == END.length) {
          byte[] all = message.toByteArray();
          return Optional.of(Arrays.copyOf(all, all.length - END.length));
        }
        check(message.size());
      }
      return atEnd(message.size() == 0);
    }

    @Override
    public void write(OutputStream out, byte[] message) throws IOException {
      out.write(message);
      out.write(END);
      out.flush();
    }
  },

  /** Base 1.1: counted chunks, then {@code \n##\n}. */
  CHUNKED {
    @Override
    public Optional<byte[]> read(InputStream in) throws IOException {
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      boolean first = true;
      while (true) {
        int octet = in.read();
        if (octet < 0) {
          return atEnd(first);
        }
        expect('\n', octet);
        expect('#', in.read());
        int size = chunkSize(in, first);
        if (size == 0) {
          return Optional.of(message.toByteArray());
        }
        check((long) message.size() + size);
        byte[] chunk = in.readNBytes(size);
        if (chunk.length < size) {
          return atEnd(false);
        }
        message.write(chunk);
        first = false;
      }
    }

    @Override
    public void write(OutputStream out, byte[] message) throws IOException {
      out.write(("\n#" + message.length + "\n").getBytes(StandardCharsets.US_ASCII));
      out.write(message);
      out.write(END_OF_CHUNKS);
      out.flush();
    }
  };

  /** The longest message that is taken; the session of a longer one ends. */
  public static final int MESSAGE_OCTETS_MAX = 4 * 1024 * 1024;

  private static final byte[] END = "]]>]]>".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END_OF_CHUNKS = "\n##\n".getBytes(StandardCharsets.US_ASCII);

  /**
   * The next message, or nothing when the stream ends between two. Throws {@link Failure} of kind
   * INVALID when the framing is broken or the message too long, after which the stream is of no
   * more use, and UNAVAILABLE when it ends inside a message.
   */
  public abstract Optional<byte[]> read(InputStream in) throws IOException;

  /** Writes one message, not empty, and flushes. */
  public abstract void write(OutputStream out, byte[] message) throws IOException;

  /** How much of the end mark has been seen; {@code ]]]>]]>} ends with a whole one. */
  private static int matchedAfter(int matched, byte octet) {
    if (octet == END[matched]) {
      return matched + 1;
    }
    return octet == ']' ? 2 : 0;
  }

  /** The number after {@code \n#}, or 0 for {@code ##}. */
  private static int chunkSize(InputStream in, boolean first) throws IOException {
    int octet = in.read();
    if (octet == '#') {
      if (first) {
        throw new Failure(Failure.Kind.INVALID, "broken framing: a message without chunks");
      }
      expect('\n', in.read());
      return 0;
    }
    long size = 0;
    int digits = 0;
    for (; octet >= '0' && octet <= '9' && digits < 10; octet = in.read(), digits++) {
      size = size * 10 + octet - '0';
      if (size == 0) {
        throw new Failure(Failure.Kind.INVALID, "broken framing: a chunk size starts with 0");
      }
    }
    if (digits == 0 && octet >= 0) {
      throw new Failure(Failure.Kind.INVALID, "broken framing: a chunk without a size");
    }
    expect('\n', octet);
    check(size);
    return (int) size;
  }

  private static void expect(char wanted, int octet) {
    if (octet == -1) {
      atEnd(false);
    }
    if (octet != wanted) {
      throw new Failure(
          Failure.Kind.INVALID,
          "broken framing: octet " + octet + " where " + (int) wanted + " was due");
    }
  }

  private static void check(long octets) {
    if (octets > MESSAGE_OCTETS_MAX) {
      throw new Failure(
          Failure.Kind.INVALID, "a message longer than " + MESSAGE_OCTETS_MAX + " octets");
    }
  }

  private static Optional<byte[]> atEnd(boolean between) {
    if (between) {
      return Optional.empty();
    }
    throw new Failure(Failure.Kind.UNAVAILABLE, "the stream ended inside a message");
  }
}
