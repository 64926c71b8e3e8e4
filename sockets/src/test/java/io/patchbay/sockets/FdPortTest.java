package io.patchbay.sockets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.sockets.sys.Descriptor;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FdPortTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @TempDir Path folder;
  private final FakeTime time = new FakeTime();
  private final FdPort port = new FdPort(time);
  private OpenFiles files;

  @BeforeEach
  void open() throws IOException {
    files = new OpenFiles(folder, 3);
  }

  @AfterEach
  void nothingLeaks() {
    port.close();
    assertEquals(0, files.extra());
    files.close();
  }

  private void arrive(int number) {
    port.arrived(Descriptor.duplicate(files.descriptor(number)));
  }

  private int receive(int number) {
    Identity identity = files.identity(number);
    return port.receive(identity.device(), identity.inode(), SECOND);
  }

  private static <T> FutureTask<T> inBackground(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.startVirtualThread(task);
    return task;
  }

  @Test
  void everyAskerGetsItsOwn() {
    arrive(1);
    arrive(1);
    assertEquals("content 1", OpenFiles.readAndClose(receive(1)));
    assertEquals(1, files.extra());
    assertEquals("content 1", OpenFiles.readAndClose(receive(1)));
    assertEquals(0, files.extra());
  }

  /** What is kept keeps a namespace alive. */
  @Test
  void whatWasReceivedMustComeAgain() throws Exception {
    arrive(0);
    OpenFiles.readAndClose(receive(0));
    assertEquals(0, files.extra());
    var waiting = inBackground(() -> OpenFiles.readAndClose(receive(0)));
    Await.until("it waits", SECOND, () -> time.pending() >= 2);
    arrive(0);
    assertEquals("content 0", waiting.get());
    assertEquals(0, files.extra());
  }

  @Test
  void aLookLeavesIt() {
    arrive(0);
    Identity identity = files.identity(0);
    int copy = port.look(identity.device(), identity.inode()).getAsInt();
    assertEquals("content 0", OpenFiles.readAndClose(copy));
    assertEquals("content 0", OpenFiles.readAndClose(receive(0)));
    assertTrue(port.look(identity.device(), identity.inode()).isEmpty());
  }

  @Test
  void aSecondArrivalOfTheSameIsClosed() {
    arrive(0);
    arrive(0);
    assertEquals(1, files.extra());
  }

  @Test
  void waitersLearnOfALaterArrival() throws Exception {
    var first = inBackground(() -> OpenFiles.readAndClose(receive(2)));
    var second = inBackground(() -> OpenFiles.readAndClose(receive(2)));
    Await.until("both wait", SECOND, () -> time.pending() == 2);
    arrive(0);
    arrive(2);
    assertEquals("content 2", first.get());
    assertEquals("content 2", second.get());
  }

  @Test
  void waitingEndsInTime() {
    var waiting = inBackground(() -> receive(0));
    Await.until("it waits", SECOND, () -> time.pending() == 1);
    time.advance(SECOND);
    var thrown = assertThrows(ExecutionException.class, waiting::get);
    assertEquals(Failure.Kind.TIMEOUT, ((Failure) thrown.getCause()).kind());
    assertTrue(thrown.getCause().getMessage().contains(files.identity(0).toString()));
  }

  @Test
  void closingEndsWaitsAndRefusesAll() {
    var waiting = inBackground(() -> receive(0));
    Await.until("it waits", SECOND, () -> time.pending() == 1);
    port.close();
    var thrown = assertThrows(ExecutionException.class, waiting::get);
    assertEquals(Failure.Kind.UNAVAILABLE, ((Failure) thrown.getCause()).kind());
    assertThrows(Failure.class, () -> port.send(files.descriptor(0)));
    arrive(0);
    assertEquals(0, files.extra());
  }

  @Test
  void whatNobodyUsesIsLetGo() {
    arrive(0);
    time.advance(FdPort.KEPT.minus(SECOND));
    arrive(1);
    arrive(0);
    time.advance(FdPort.KEPT.minus(SECOND));
    assertEquals(2, files.extra());
    time.advance(SECOND);
    assertEquals(0, files.extra());
    assertEquals(0, time.pending());
    arrive(2);
    time.advance(FdPort.KEPT);
    assertEquals(0, files.extra());
  }

  @Test
  void aHostilePeerCannotFillUs() throws IOException {
    Path many = Files.createDirectory(folder.resolve("many"));
    try (OpenFiles flood = new OpenFiles(many, FdPort.CAPACITY)) {
      arrive(0);
      flood.descriptors().forEach(each -> port.arrived(Descriptor.duplicate(each)));
      assertEquals(FdPort.CAPACITY, flood.extra());
      port.close();
      assertEquals(0, flood.extra());
    }
  }

  @Test
  void sendingCopiesAtOnceInOrderAndHasALimit() {
    port.send(files.descriptor(0));
    port.send(files.descriptor(1));
    assertEquals(files.identity(0), Descriptor.identify(port.next().getAsInt()));
    port.sent();
    assertEquals(files.identity(1), Descriptor.identify(port.next().getAsInt()));
    port.sent();
    assertTrue(port.next().isEmpty());
    for (int i = 0; i < FdPort.CAPACITY; i++) {
      port.send(files.descriptor(0));
    }
    var full = assertThrows(Failure.class, () -> port.send(files.descriptor(0)));
    assertEquals(Failure.Kind.EXHAUSTED, full.kind());
    assertEquals(FdPort.CAPACITY, files.extra());
  }
}
