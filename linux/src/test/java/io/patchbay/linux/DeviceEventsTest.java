package io.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.patchbay.linux.DeviceEvents.Event;
import io.patchbay.linux.netlink.NetlinkWatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On paper, and as the real kernel tells them when it is asked to by a {@code uevent} file. */
class DeviceEventsTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final Path LOOPBACK = Path.of("/sys/class/net/lo/uevent");
  private static final Path PCI = Path.of("/sys/bus/pci/devices");

  private static Optional<Event.Told> parse(String text) {
    return DeviceEvents.parse(text.replace('|', '\0').getBytes(StandardCharsets.UTF_8));
  }

  /** As Linux 6.18 wrote it. */
  @Test
  void aFunctionThatIsBound() {
    assertEquals(
        Optional.of(
            new Event.Told(
                "bind",
                "/devices/pci0000:3a/0000:3a:00.0/0000:3b:01.1",
                "pci",
                Optional.of(PciAddress.parse("0000:3b:01.1")))),
        parse(
            "bind@/devices/pci0000:3a/0000:3a:00.0/0000:3b:01.1|ACTION=bind|"
                + "DEVPATH=/devices/pci0000:3a/0000:3a:00.0/0000:3b:01.1|SUBSYSTEM=pci|DRIVER=iavf|"
                + "PCI_CLASS=20000|PCI_ID=8086:1889|PCI_SUBSYS_ID=8086:0000|"
                + "PCI_SLOT_NAME=0000:3b:01.1|MODALIAS=pci:v00008086|SEQNUM=4711|"));
  }

  @Test
  void whatIsNoFunctionHasNone() {
    assertEquals(
        Optional.of(new Event.Told("add", "/devices/virtual/net/tap0", "net", Optional.empty())),
        parse("add@/x|ACTION=add|DEVPATH=/devices/virtual/net/tap0|SUBSYSTEM=net|INTERFACE=tap0|"));
  }

  /** Values may hold anything; the first of a key counts, and an address may be none. */
  @Test
  void oddValuesDoNoHarm() {
    assertEquals(
        Optional.of(new Event.Told("change", "/a=b", "pci", Optional.empty())),
        parse("x|ACTION=change|ACTION=add|DEVPATH=/a=b|SUBSYSTEM=pci|PCI_SLOT_NAME=3b|=|A|SYN=|"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "|",
        "libudev|\u00fe\u00ed\u00ca\u00fe",
        "add@/x",
        "ACTION=add|DEVPATH=/x",
        "ACTION=|DEVPATH=/x|SUBSYSTEM=pci",
        "DEVPATH=/x|SUBSYSTEM=pci"
      })
  void whatIsNoEventIsNone(String text) {
    assertEquals(Optional.empty(), parse(text));
  }

  private static void ask(Path file) throws IOException {
    Files.writeString(file, "change");
  }

  @Test
  void theKernelTellsOfItsDevices() throws IOException {
    Root.needed("asks the kernel for an event");
    try (NetworkNamespace own = NetworkNamespace.own();
        DeviceEvents events = DeviceEvents.of(Set.of("net", "tty"), own)) {
      ask(LOOPBACK);
      Event.Told wanted =
          new Event.Told("change", "/devices/virtual/net/lo", "net", Optional.empty());
      Event next = events.next(SOON).orElseThrow();
      while (!next.equals(wanted)) { // of others' interfaces
        next = events.next(SOON).orElseThrow();
      }
    }
  }

  /** Also in a namespace of a node: PCI functions belong to none. */
  @Test
  void theKernelTellsOfPciFunctionsInEveryNamespace() throws IOException {
    Root.needed("asks the kernel for an event");
    assumeTrue(Files.isDirectory(PCI), "needs " + PCI);
    try (var there = Files.list(PCI)) {
      List<Path> functions = there.sorted().toList();
      assumeTrue(!functions.isEmpty(), "needs a PCI device");
      Path last = functions.getLast();
      try (NetworkNamespace node = NetworkNamespace.create();
          DeviceEvents events = DeviceEvents.of(Set.of("pci"), node)) {
        ask(last.resolve("uevent"));
        PciAddress address = PciAddress.parse(last.getFileName().toString());
        Event next = events.next(SOON).orElseThrow();
        assertTrue(
            next instanceof Event.Told told
                && told.action().equals("change")
                && told.function().equals(Optional.of(address)),
            next::toString);
      }
    }
  }

  @Test
  void whatTheKernelHadToDropIsTold() throws Exception {
    Root.needed("asks the kernel for events");
    AtomicInteger told = new AtomicInteger();
    AtomicInteger lost = new AtomicInteger();
    try (NetlinkWatch watch = NetlinkWatch.uevents()) {
      for (int i = 0; i < 8000; i++) {
        ask(LOOPBACK);
      }
      Thread reader =
          Thread.ofPlatform()
              .start(() -> watch.runRaw(any -> told.incrementAndGet(), lost::incrementAndGet));
      io.patchbay.base.Await.until("told", SOON, () -> lost.get() > 0);
      watch.close();
      reader.join();
    }
    assertTrue(told.get() < 8000, () -> told + " of 8000 were kept");
  }

  @Test
  void aFullQueueSaysSo() {
    EventQueue<String> queue = new EventQueue<>("lost");
    for (int i = 0; i < 4096; i++) {
      queue.keep("event");
    }
    assertEquals(Optional.of("event"), queue.next(Duration.ZERO));
    queue.keep("last that fits");
    queue.keep("one too many");
    queue.keep("and one more");
    assertEquals(Optional.of("lost"), queue.next(Duration.ZERO));
    assertEquals(Optional.of("and one more"), queue.next(Duration.ZERO));
    assertEquals(Optional.empty(), queue.next(Duration.ZERO));
  }
}
