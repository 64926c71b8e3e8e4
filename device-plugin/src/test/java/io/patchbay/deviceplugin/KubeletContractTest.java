package io.patchbay.deviceplugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.deviceplugin.ContainerPreferredAllocationRequest;
import io.patchbay.api.deviceplugin.Device;
import io.patchbay.api.deviceplugin.DevicePluginOptions;
import io.patchbay.api.deviceplugin.Empty;
import io.patchbay.api.deviceplugin.ListAndWatchResponse;
import io.patchbay.api.deviceplugin.PreferredAllocationRequest;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.InUse;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.hwsim.kubelet.Kubelet;
import io.patchbay.sockets.Channels;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What a kubelet may rely on: the facts of contracts/kubelet.md section 12, by their numbers. The
 * daemon is between a kubelet and a manager on real sockets; its time stands still unless a test
 * moves it, so what happens does so at once. The parts of 7, 8, 10 and 11 that are the ledger's are
 * tested with it ({@code LedgerTest}, {@code KilledTest}, {@code KubeletWordTest} of
 * sriov-manager), the figures of 12 are those of {@code patchbay bench hardware}, 14 is {@link
 * ResourceClaimContractTest}, and 15 is {@link CdiSpecsTest}.
 */
class KubeletContractTest extends PluginRig<FakeTime> {
  KubeletContractTest() {
    super(new FakeTime());
  }

  private static void refused(Status.Code code, Runnable call) {
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, call::run);
    assertEquals(code, refused.getStatus().getCode(), refused.getMessage());
  }

  @Test
  @DisplayName("1: Register is sent only when the own socket answers")
  void registersOnlyWhatServes() {
    listed(); // the kubelet dials back within Register, and does not wait for the socket
    assertEquals(1, kubelet.attempts(FAST));
    assertEquals(1, kubelet.attempts(LAB));
  }

  @Test
  @DisplayName("2: a kubelet that starts anew finds every name again, on a new socket")
  void everyNameIsRegisteredWithTheNextKubelet() throws IOException {
    listed();
    kubelet.allocate(FAST, id(0));
    for (int life = 0; life < 3; life++) {
      kubelet.stop();
      kubelet.start();
      eventually("both lists", () -> healthy(FAST) == 4 && healthy(LAB) == 3);
      assertTrue(kubelet.options(FAST).getGetPreferredAllocationAvailable());
      assertEquals(1, kubelet.allocate(FAST, id(0)).getContainerResponsesCount());
    }
  }

  @Test
  @DisplayName("3: a kubelet that is not there for an hour is waited for, and nothing piles up")
  void aKubeletThatIsNotThereIsWaitedFor() throws IOException {
    plugin.close();
    kubelet.stop();
    plugin = newPlugin();
    time.advance(Duration.ofMinutes(1)); // what the one before left is over
    int timers = time.pending();
    for (int minute = 0; minute < 60; minute++) {
      time.advance(Duration.ofMinutes(1));
      assertEquals(timers, time.pending());
    }
    assertEquals(List.of(), files(kubelet.plugins));
    kubelet.start();
    listed();
    assertEquals(1, kubelet.attempts(FAST));
  }

  private static List<String> files(Path folder) throws IOException {
    try (var all = Files.list(folder)) {
      return all.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("4: the socket's path as authority and localhost are both accepted")
  void eitherAuthorityIsAccepted(Kubelet.Authority authority) {
    Path other = folder.resolve("other");
    Kubelet.Settings settings = new Kubelet.Settings(other, authority);
    try (Kubelet simulated = Kubelet.start(settings, List::of, time);
        DevicePlugin beside =
            newPlugin(other.resolve(Kubelet.DEVICE_PLUGINS), other.resolve("pod-resources"))) {
      eventually(
          "allocatable", () -> simulated.devices().allocatable().equals(Map.of(FAST, 4, LAB, 4)));
    }
  }

  @Test
  @DisplayName("5: the options are the same on both routes")
  void optionsAreTheSameOnBothRoutes() throws IOException {
    listed();
    DevicePluginOptions called = kubelet.options(FAST);
    assertTrue(called.getGetPreferredAllocationAvailable());
    kubelet.watchPlugins();
    eventually("found by the watcher", () -> !kubelet.info(FAST).getName().isEmpty());
    eventually("both lists", () -> healthy(FAST) == 4);
    assertEquals(called, kubelet.options(FAST));
  }

  @Test
  @DisplayName("6: a first list at once, a full one at each change, always in the same order")
  void theListIsWholeAndInOrder() {
    listed();
    Iterator<ListAndWatchResponse> lists =
        kubelet
            .plugin(FAST)
            .withDeadlineAfter(10, TimeUnit.SECONDS)
            .listAndWatch(Empty.getDefaultInstance());
    List<String> wanted = IntStream.range(0, 4).mapToObj(KubeletContractTest::id).toList();
    assertEquals(wanted, ids(lists.next()));
    List<VirtualFunction> functions = new ArrayList<>(manager.catalog().getFunctionsList());
    Collections.reverse(functions);
    functions.set(0, functions.getFirst().toBuilder().setState(State.BROKEN).build());
    manager.tell(Catalog.newBuilder().addAllFunctions(functions).build());
    ListAndWatchResponse next = lists.next();
    assertEquals(wanted, ids(next));
    assertEquals(
        List.of("Healthy", "Healthy", "Healthy", "Unhealthy"),
        next.getDevicesList().stream().map(Device::getHealth).toList());
    assertTrue(wanted.stream().allMatch(id -> id.length() <= 63));
  }

  private static List<String> ids(ListAndWatchResponse list) {
    return list.getDevicesList().stream().map(Device::getID).toList();
  }

  @Test
  @DisplayName("7: two names over one PF, asked for at once until nothing is left")
  void neverMoreGrantsThanFunctions() throws InterruptedException {
    manager.has(64, FAST, LAB);
    eventually("all listed", () -> healthy(FAST) == 64 && healthy(LAB) == 64);
    Map<String, String> owners = new ConcurrentHashMap<>();
    List<Thread> callers = new ArrayList<>();
    for (String name : List.of(FAST, LAB)) {
      for (int i = 0; i < 64; i++) {
        String id = id(i);
        callers.add(Thread.ofVirtual().start(() -> contend(owners, name, id)));
      }
    }
    for (Thread caller : callers) {
      caller.join();
    }
    assertEquals(64, owners.size());
    for (String name : List.of(FAST, LAB)) {
      long own = owners.values().stream().filter(name::equals).count();
      eventually("what is left of " + name, () -> healthy(name) == own);
    }
  }

  private void contend(Map<String, String> owners, String name, String id) {
    try {
      var unused = kubelet.allocate(name, id);
      assertEquals(null, owners.put(id, name));
    } catch (StatusRuntimeException lost) {
      assertEquals(Status.Code.FAILED_PRECONDITION, lost.getStatus().getCode());
    }
  }

  @Test
  @DisplayName("8: what is unknown, broken or draining is refused; the same ids, the same answer")
  void allocateRefusesOrRepeats() {
    listed();
    manager.becomes(1, vf -> vf.setState(State.DRAINING));
    manager.becomes(2, vf -> vf.setState(State.BROKEN));
    refused(Status.Code.NOT_FOUND, () -> kubelet.allocate(FAST, "0000:ff:00.0"));
    refused(Status.Code.FAILED_PRECONDITION, () -> kubelet.allocate(FAST, id(1)));
    refused(Status.Code.FAILED_PRECONDITION, () -> kubelet.allocate(FAST, id(0), id(2)));
    assertEquals(State.FREE, manager.catalog().getFunctions(0).getState(), "all or none");
    assertEquals(kubelet.allocate(FAST, id(0), id(3)), kubelet.allocate(FAST, id(0), id(3)));
  }

  @Test
  @DisplayName("9: a preference holds what it must, exactly as many, always the same")
  void preferencesAreExact() {
    manager.has(16, FAST, LAB);
    eventually("all listed", () -> healthy(FAST) == 16);
    Random random = new Random(9);
    for (int round = 0; round < 50; round++) {
      List<String> available = new ArrayList<>(kubelet.healthy(FAST));
      Collections.shuffle(available, random);
      available = available.subList(0, 1 + random.nextInt(16));
      List<String> must = available.subList(0, random.nextInt(available.size() + 1));
      int size = must.size() + random.nextInt(available.size() - must.size() + 1);
      List<String> preferred = preferred(available, must, size);
      assertEquals(size, Set.copyOf(preferred).size(), preferred.toString());
      assertTrue(available.containsAll(preferred) && preferred.containsAll(must));
      List<String> shuffled = new ArrayList<>(available);
      Collections.shuffle(shuffled, random);
      assertEquals(Set.copyOf(preferred), Set.copyOf(preferred(shuffled, must, size)));
    }
  }

  private List<String> preferred(List<String> available, List<String> must, int size) {
    PreferredAllocationRequest request =
        PreferredAllocationRequest.newBuilder()
            .addContainerRequests(
                ContainerPreferredAllocationRequest.newBuilder()
                    .addAllAvailableDeviceIDs(available)
                    .addAllMustIncludeDeviceIDs(must)
                    .setAllocationSize(size))
            .build();
    return kubelet
        .plugin(FAST)
        .getPreferredAllocation(request)
        .getContainerResponses(0)
        .getDeviceIDsList();
  }

  @Test
  @DisplayName("10: a plugin after one that was killed tells and reports what the kubelet lists")
  void aSuccessorKnowsWhatWasAllocated() throws IOException {
    listed();
    kubelet.allocate(FAST, id(2));
    plugin.close();
    Path dead = kubelet.plugins.resolve("patchbay-example.com_100g-00000000-dead.sock");
    Path hidden = kubelet.plugins.resolve(".patchbay-example.com_100g-00000000-dead.sock");
    for (Path socket : List.of(dead, hidden)) {
      ServerSocketChannel.open(StandardProtocolFamily.UNIX)
          .bind(UnixDomainSocketAddress.of(socket))
          .close(); // its file stays, as after a kill
    }
    kubelet.runs("cnf-1", FAST, id(2));
    manager.reports.clear();
    plugin = newPlugin();
    eventually("both lists", () -> healthy(FAST) == 4 && healthy(LAB) == 3);
    eventually("reported", () -> !manager.reports.isEmpty());
    InUse first = manager.reports.getFirst();
    assertEquals(1, first.getUsesCount());
    assertEquals(
        id(2) + " cnf-1", first.getUses(0).getPciAddress() + " " + first.getUses(0).getPodName());
    assertFalse(Files.exists(dead) || Files.exists(hidden));
  }

  @Test
  @DisplayName("11: a kubelet that cannot say is not quoted; one that may not know yet is told so")
  void whatTheKubeletDoesNotKnowIsNotSaid() throws IOException {
    kubelet.runs("cnf-1", FAST, id(1));
    manager.seen("cnf-1", FAST, 1);
    eventually("reported", () -> lastReport().getUsesCount() == 1);
    kubelet.podsFail(Optional.of(new Failure(Failure.Kind.UNAVAILABLE, "not now")));
    int asked = kubelet.asked();
    eventually("refused twice", () -> kubelet.asked() > asked + 2);
    int before = manager.reports.size();
    int asking = kubelet.asked();
    eventually("refused again", () -> kubelet.asked() > asking + 2);
    assertEquals(before, manager.reports.size(), "an error is no list");

    kubelet.podsFail(Optional.empty());
    kubelet.stop();
    kubelet.forget();
    kubelet.start();
    eventually("an empty list", () -> lastReport().getUsesCount() == 0);
    assertTrue(lastReport().getSettling(), "it may not know its pods yet");
    kubelet.runs("cnf-1", FAST, id(3)); // the same name, another VF
    eventually("reported", () -> lastReport().getUsesCount() == 1);
    assertEquals(id(3), lastReport().getUses(0).getPciAddress());
    assertTrue(lastReport().getSettling(), "it has not listed the other yet");
    time.advance(Duration.ofMinutes(6).plus(Duration.between(time.now(), realNow())));
    eventually("settled in the end", () -> !lastReport().getSettling());
  }

  /** The kubelet's life is told from its socket's, which is as old as the file system says. */
  private java.time.Instant realNow() throws IOException {
    return Files.getLastModifiedTime(kubelet.podResources.resolve("kubelet.sock")).toInstant();
  }

  private InUse lastReport() {
    return manager.reports.isEmpty() ? InUse.getDefaultInstance() : manager.reports.getLast();
  }

  @Test
  @DisplayName("12: a hundred callers over 256 VFs and four names; one list of them in few bytes")
  void manyCallersAreServed() throws InterruptedException {
    List<String> names = List.of(FAST, LAB, "example.com/ptp", "lab.example.org/ptp");
    manager.has(256, names.toArray(String[]::new));
    eventually("all listed", () -> names.stream().allMatch(name -> healthy(name) == 256));
    List<Thread> callers =
        IntStream.range(0, 100)
            .mapToObj(i ->
                Thread.ofVirtual()
                    .start(() -> {
                      var unused = kubelet.allocate(names.get(i % 4), id(i));
                    }))
            .toList();
    for (Thread caller : callers) {
      caller.join();
    }
    for (String name : names) {
      eventually("what is left of " + name, () -> healthy(name) == 256 - 75);
    }
    int bytes = kubelet.received(FAST).getLast().getSerializedSize();
    assertTrue(bytes < 256 * 48, bytes + " bytes for 256 devices");
  }

  @Test
  @DisplayName("13: with both routes there is one live registration for each name")
  void oneRegistrationWhereThereAreTwoRoutes() throws IOException {
    listed();
    kubelet.watchPlugins();
    eventually("found by the watcher", () -> kubelet.found().size() == 2);
    eventually("the lists", () -> healthy(FAST) == 4 && healthy(LAB) == 4);
    eventually("one each", () -> kubelet.listening(FAST) == 1 && kubelet.listening(LAB) == 1);
    assertEquals(List.of("kubelet.sock"), files(kubelet.plugins), "nothing is left to be called");
    assertEquals("DevicePlugin", kubelet.info(FAST).getType());
    assertEquals(List.of("v1beta1"), kubelet.info(FAST).getSupportedVersionsList());
    List<Path> sockets = kubelet.found();
    kubelet.stop();
    kubelet.start();
    eventually("the lists", () -> healthy(FAST) == 4 && healthy(LAB) == 4);
    assertEquals(sockets, kubelet.found(), "the next kubelet finds the same");
    assertEquals(0, kubelet.attempts(FAST) - 1, "it was called once, before there was a folder");
    plugin.close();
    assertEquals(List.of(), kubelet.found());
  }

  @Test
  @DisplayName("13: a kubelet that does not come to its folder is called, and the folder is left")
  void aFolderThatNobodyWatchesIsLeft() throws IOException {
    plugin.close();
    kubelet.stop();
    Files.createDirectories(kubelet.watched);
    kubelet.start();
    plugin = newPlugin();
    eventually("something to be found", () -> kubelet.found().size() == 2);
    assertEquals(Map.of(), kubelet.registered());
    eventually(
        "called",
        () -> {
          time.advance(Duration.ofSeconds(1));
          return kubelet.registered().size() == 2;
        });
    listed();
    assertEquals(List.of(), kubelet.found());
  }

  @Test
  @DisplayName("a kubelet that registered a name and does not listen is told again")
  void aKubeletThatDoesNotListenIsToldAgain() throws IOException {
    plugin.close();
    kubelet.listens(false);
    int before = kubelet.attempts(FAST);
    KubeletFolder kubelets = KubeletFolder.of(kubelet.plugins);
    String life = kubelets.kubelet().orElseThrow();
    ResourceService service =
        new ResourceService(
            FAST,
            new Sights(time),
            (resource, ids) -> List.of(),
            PreferredAllocation.Choice.SPREAD,
            new CdiSpecs(Optional.empty()),
            ids -> {});
    Registration.Sockets sockets =
        new Registration.Sockets(kubelets.socket(FAST), kubelet.watched.resolve("none.sock"));
    try (Channels channels = new Channels();
        Registration registration = new Registration(service, FAST, sockets, channels, time)) {
      for (int second = 0; second <= 20; second++) {
        registration.tend(kubelets.kubeletSocket(), life);
        assertEquals(1 + second / 10, kubelet.attempts(FAST) - before, "after " + second + " s");
        kubelet.listens(second >= 19);
        time.advance(Duration.ofSeconds(1));
      }
      eventually("it listens", service::followed);
      time.advance(Duration.ofMinutes(1));
      registration.tend(kubelets.kubeletSocket(), life);
      assertEquals(3, kubelet.attempts(FAST) - before, "nobody tells one that listens");
    }
  }

  @Test
  @DisplayName("at the end the kubelet gets an empty list, but not when it is only asked anew")
  void theLastListIsEmpty() throws IOException {
    listed();
    kubelet.stop();
    kubelet.start();
    listed();
    assertFalse(kubelet.received(FAST).contains(ListAndWatchResponse.getDefaultInstance()));
    plugin.close();
    eventually(
        "empty lists",
        () ->
            kubelet.received(FAST).getLast().getDevicesCount() == 0
                && kubelet.received(LAB).getLast().getDevicesCount() == 0);
  }
}
