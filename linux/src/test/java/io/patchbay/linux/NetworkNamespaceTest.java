package io.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Namespaces of the kernel: found, entered, left again. */
class NetworkNamespaceTest {
  @TempDir Path folder;

  @BeforeEach
  void root() {
    Root.needed("makes network namespaces");
  }

  private static String current() throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
  }

  @Test
  void isAnotherOneThanOurs() {
    try (NetworkNamespace own = NetworkNamespace.own();
        NetworkNamespace again = NetworkNamespace.ofPid((int) ProcessHandle.current().pid());
        NetworkNamespace other = NetworkNamespace.create()) {
      assertTrue(own.sameAs(again));
      assertFalse(own.sameAs(other));
      assertEquals("inode://" + own.device() + "/" + own.inode(), own.inodeUrl());
      assertEquals(List.of("lo"), other.links().list().stream().map(Link::name).toList());
    }
  }

  @Test
  void workRunsInside() throws Exception {
    try (NetworkNamespace other = NetworkNamespace.create()) {
      assertEquals("net:[" + other.inode() + "]", other.call(NetworkNamespaceTest::current));
    }
  }

  @Test
  void whatTheWorkThrowsComesOut() {
    try (NetworkNamespace other = NetworkNamespace.create()) {
      Callable<String> refused =
          () -> {
            throw new Failure(Failure.Kind.DENIED, "no");
          };
      assertEquals(
          Failure.Kind.DENIED, assertThrows(Failure.class, () -> other.call(refused)).kind());
    }
  }

  /**
   * The trap of the house: visitors wake the virtual threads that sent them, and a thread that
   * wakes a virtual one may start its carrier, in whatever namespace it is. A fresh JVM has
   * carriers yet to start.
   */
  @Test
  void noCarrierStartsInAForeignNamespace() throws Exception {
    Process probe =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-Djdk.virtualThreadScheduler.parallelism=16",
                "-cp",
                System.getProperty("java.class.path"),
                CarrierProbe.class.getName())
            .inheritIO()
            .start();
    try {
      assertTrue(probe.waitFor(60, TimeUnit.SECONDS), "the probe hangs");
      assertEquals(0, probe.exitValue(), "a thread of the probe is in the visited namespace");
    } finally {
      probe.destroyForcibly();
    }
  }

  @Test
  void virtualThreadsStayInOurNamespace() throws Exception {
    String own = current();
    Set<String> seen = new HashSet<>();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> tasks = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        tasks.add(executor.submit(NetworkNamespaceTest::visitAndLook));
      }
      for (Future<String> task : tasks) {
        seen.add(task.get());
      }
    }
    assertEquals(Set.of(own), seen);
  }

  private static String visitAndLook() throws IOException {
    try (NetworkNamespace other = NetworkNamespace.create()) {
      other.links().list();
      return current();
    }
  }

  @Test
  void closingGivesEveryDescriptorBack() throws IOException {
    NetworkNamespace.create().close();
    long before = descriptors();
    for (int i = 0; i < 20; i++) {
      try (NetworkNamespace other = NetworkNamespace.create();
          NetworkNamespace again = Namespaces.open(other.inodeUrl())) {
        again.links().createBridge("bridge0");
        PacketSocket.open(other, other.links().require("bridge0")).close();
        TapDevice.create("tap0", other).close();
      }
    }
    assertEquals(before, descriptors());
  }

  private static long descriptors() throws IOException {
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  @Test
  void settingsOfTheKernelAreTheNamespacesOwn() throws Exception {
    Path setting = Path.of("/proc/sys/net/ipv4/ping_group_range");
    List<String> before = Files.readAllLines(setting); // by one read: there is no second part
    try (NetworkNamespace other = NetworkNamespace.create()) {
      other.sysctl("ipv4/ping_group_range", "0 2147483647");
      assertEquals(List.of("0\t2147483647"), other.call(() -> Files.readAllLines(setting)));
      assertEquals(before, Files.readAllLines(setting));
      Failure failure = assertThrows(Failure.class, () -> other.sysctl("ipv4/no_such", "1"));
      assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
      assertThrows(Failure.class, () -> other.sysctl("../kernel/hostname", "x"));
    }
  }

  @Test
  void opensAFileUrl() {
    try (NetworkNamespace other = NetworkNamespace.create();
        NetworkNamespace again = Namespaces.open("file://" + other.path())) {
      assertTrue(again.sameAs(other));
    }
  }

  @Test
  void findsOneThatOnlyAnotherProcessIsIn() throws Exception {
    NetworkNamespace other = NetworkNamespace.create();
    Process process = other.call(() -> new ProcessBuilder("sleep", "60").start());
    try {
      String url = other.inodeUrl();
      other.close();
      try (NetworkNamespace found = Namespaces.open(url)) {
        assertEquals(url, found.inodeUrl());
        try (NetworkNamespace its = NetworkNamespace.ofPid((int) process.pid())) {
          assertTrue(found.sameAs(its));
        }
      }
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void findsOneThatOnlyADescriptorHolds() {
    try (NetworkNamespace other = NetworkNamespace.create();
        NetworkNamespace found = Namespaces.open(other.inodeUrl())) {
      assertTrue(found.sameAs(other));
    }
  }

  @Test
  void findsOneThatOnlyAMountHolds() throws Exception {
    Path mount = Files.createFile(folder.resolve("named"));
    NetworkNamespace other = NetworkNamespace.create();
    run("mount", "--bind", other.path().toString(), mount.toString());
    try {
      String url = other.inodeUrl();
      other.close();
      try (NetworkNamespace found = Namespaces.open(url)) {
        assertEquals(url, found.inodeUrl());
      }
    } finally {
      run("umount", mount.toString());
    }
  }

  private static void run(String... command) throws Exception {
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
  }

  @Test
  void opensWhatWasReceivedAsAPathOnly() {
    NetworkNamespace other = NetworkNamespace.create();
    int received = io.patchbay.sockets.sys.Descriptor.openPath(other.path().toString());
    String url = other.inodeUrl();
    long device = other.device();
    long inode = other.inode();
    other.close();
    try (NetworkNamespace found = Namespaces.open(url)) {
      assertEquals(inode, found.inode());
      assertFalse(Namespaces.isInhabited(device, inode));
    } finally {
      io.patchbay.sockets.sys.Descriptor.close(received);
    }
    assertThrows(Failure.class, () -> Namespaces.open(url));
  }

  @Test
  void aProcessKeepsItsNamespaceInhabited() {
    try (NetworkNamespace own = NetworkNamespace.own()) {
      assertTrue(Namespaces.isInhabited(own.device(), own.inode()));
      assertFalse(Namespaces.isInhabited(own.device() + 1, own.inode()));
    }
  }

  @Test
  void oneThatIsGoneIsNotFoundByName() {
    NetworkNamespace other = NetworkNamespace.create();
    String url = "inode://" + other.device() + "/1";
    other.close();
    Failure failure = assertThrows(Failure.class, () -> Namespaces.open(url));
    assertEquals(Failure.Kind.NOT_FOUND, failure.kind());
    assertTrue(failure.getMessage().contains(url), failure.getMessage());
  }

  @Test
  void otherFilesAndUrlsAreRefused() {
    for (String url :
        List.of("file:///proc/self/ns/mnt", "file:///dev/null", "inode://x/y", "tcp://a:1")) {
      Failure failure = assertThrows(Failure.class, () -> Namespaces.open(url), url);
      assertEquals(Failure.Kind.INVALID, failure.kind(), url);
    }
    assertEquals(
        Failure.Kind.NOT_FOUND,
        assertThrows(Failure.class, () -> Namespaces.open("file:///proc/self/ns/none")).kind());
  }
}
