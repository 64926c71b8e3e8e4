package io.patchbay.torshims.netconf;

import io.patchbay.base.Failure;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * How one NETCONF message is told from the next on a byte stream (RFC 6242 section 4; contracts
 * tor.md 1.1). Counts octets and knows nothing of characters. Reading throws {@link EOFException}
 * when the stream ends, and {@link Failure} of kind INTERNAL when it breaks the framing or exceeds
 * the caller's limit in bytes.
 */
enum Framing {
  /** Base 1.0, and every hello: the message, then six characters that no XML contains. */
  END_OF_MESSAGE {
    @Override
    byte[] read(InputStream in, int bytesMax) throws IOException {
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      int matched = 0;
      while (matched < END.length) {
        int octet = next(in);
        // only a ']' too many can disappoint and still count: the last two may start the mark
        matched = octet == END[matched] ? matched + 1 : octet == ']' ? 2 : 0;
        message.write(octet);
        checkSize(message.size() - (long) END.length, bytesMax);
      }
      byte[] all = message.toByteArray();
      return Arrays.copyOf(all, all.length - END.length);
    }

    @Override
    void write(OutputStream out, byte[] message) throws IOException {
      out.write(message);
      out.write(END);
      out.flush();
    }
  },

  /** Base 1.1: chunks that say how long they are, and a mark after the last. */
  CHUNKED {
    @Override
    byte[] read(InputStream in, int bytesMax) throws IOException {
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      for (long size = chunkSize(in); size > 0; size = chunkSize(in)) {
        checkSize(message.size() + size, bytesMax);
        byte[] chunk = in.readNBytes((int) size);
        if (chunk.length < size) {
          throw new EOFException("the stream ended inside a chunk of " + size + " bytes");
        }
        message.writeBytes(chunk);
      }
      if (message.size() == 0) {
        throw broken("a message without a chunk");
      }
      return message.toByteArray();
    }

    @Override
    void write(OutputStream out, byte[] message) throws IOException {
      out.write(("\n#" + message.length + "\n").getBytes(StandardCharsets.US_ASCII));
      out.write(message);
      out.write("\n##\n".getBytes(StandardCharsets.US_ASCII));
      out.flush();
    }
  };

  private static final byte[] END = "]]>]]>".getBytes(StandardCharsets.US_ASCII);
  private static final long CHUNK_MAX = 4_294_967_295L;

  /** The next whole message. */
  abstract byte[] read(InputStream in, int bytesMax) throws IOException;

  /** Writes one whole message, and flushes. */
  abstract void write(OutputStream out, byte[] message) throws IOException;

  /** The size of the next chunk, 0 for the mark after the last one. */
  private static long chunkSize(InputStream in) throws IOException {
    expect(in, '\n');
    expect(in, '#');
    int octet = next(in);
    if (octet == '#') {
      expect(in, '\n');
      return 0;
    }
    if (octet < '1' || octet > '9') {
      throw broken("a chunk size that starts with octet " + octet);
    }
    long size = 0;
    for (; octet != '\n'; octet = next(in)) {
      if (octet < '0' || octet > '9') {
        throw broken("octet " + octet + " in a chunk size");
      }
      size = size * 10 + (octet - '0');
      if (size > CHUNK_MAX) {
        throw broken("a chunk larger than " + CHUNK_MAX + " bytes");
      }
    }
    return size;
  }

  private static void expect(InputStream in, char wanted) throws IOException {
    int octet = next(in);
    if (octet != wanted) {
      throw broken("octet " + octet + " where " + (int) wanted + " must be");
    }
  }

  private static int next(InputStream in) throws IOException {
    int octet = in.read();
    if (octet < 0) {
      throw new EOFException("the peer ended the stream");
    }
    return octet;
  }

  private static void checkSize(long bytes, int bytesMax) {
    if (bytes > bytesMax) {
      throw new Failure(
          Failure.Kind.INTERNAL,
          "a NETCONF message of more than " + bytesMax + " bytes; ask for less at once");
    }
  }

  private static Failure broken(String what) {
    return new Failure(Failure.Kind.INTERNAL, "broken NETCONF framing: " + what);
  }
}
