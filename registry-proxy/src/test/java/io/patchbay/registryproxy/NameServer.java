package io.patchbay.registryproxy;

import io.patchbay.base.Url;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** A small DNS server on the loopback that knows what a test tells it. */
final class NameServer implements AutoCloseable {
  private static final int MESSAGE_MAX = 4096;
  private static final long TTL = 60;

  /** Every question so far, as {@code NAME/TYPE}. */
  final List<String> asked = new CopyOnWriteArrayList<>();

  /** What every answer says while it is not NOERROR. */
  volatile int trouble = Rcode.NOERROR;

  private final List<Record> records = new CopyOnWriteArrayList<>();
  private final DatagramSocket socket;

  NameServer() throws IOException {
    socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::serve);
  }

  Url url() {
    return Url.parse("127.0.0.1:" + socket.getLocalPort());
  }

  /** Adds a record: its name, its type and its data, as in a zone file. */
  NameServer with(String name, int type, String data) {
    try {
      records.add(
          Record.fromString(
              Name.fromString(name, Name.root), type, DClass.IN, TTL, data, Name.root));
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve() {
    byte[] buffer = new byte[MESSAGE_MAX];
    while (!socket.isClosed()) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        byte[] answer =
            answer(new Message(Arrays.copyOf(buffer, packet.getLength()))).toWire(MESSAGE_MAX);
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      } catch (IOException e) {
        if (!socket.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private Message answer(Message query) {
    Record question = query.getQuestion();
    asked.add(question.getName().toString(true) + "/" + Type.string(question.getType()));
    Message answer = new Message(query.getHeader().getID());
    answer.getHeader().setFlag(Flags.QR);
    answer.addRecord(question, Section.QUESTION);
    List<Record> named =
        records.stream().filter(record -> record.getName().equals(question.getName())).toList();
    named.stream()
        .filter(record -> record.getType() == question.getType())
        .forEach(record -> answer.addRecord(record, Section.ANSWER));
    if (trouble != Rcode.NOERROR) {
      answer.getHeader().setRcode(trouble);
    } else if (named.isEmpty()) {
      answer.getHeader().setRcode(Rcode.NXDOMAIN);
    }
    return answer;
  }

  @Override
  public void close() {
    socket.close();
  }
}
