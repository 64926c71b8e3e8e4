package io.patchbay.hwsim.kubelet;

import static io.patchbay.hwsim.kubelet.FakePlugin.healthy;
import static io.patchbay.hwsim.kubelet.FakePlugin.onNumaNode;
import static io.patchbay.hwsim.kubelet.FakePlugin.unhealthy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.hwsim.kubelet.ContainerSpec.Invocation;
import io.patchbay.hwsim.kubelet.PodSpec.RestartPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The kubelet's side of the device plugin contract, over real sockets. */
class NodeDevicesTest {
  private static final String NAME = "example.com/100g";
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir Path folder;
  private final FakeTime time = new FakeTime();
  private final List<Pod> active = new CopyOnWriteArrayList<>();
  private Kubelet kubelet;
  private FakePlugin plugin;

  @BeforeEach
  void start() {
    kubelet = start(Kubelet.Authority.LOCALHOST);
    plugin = new FakePlugin(folder.resolve("device-plugins"), NAME);
  }

  private Kubelet start(Kubelet.Authority authority) {
    return Kubelet.start(new Kubelet.Settings(folder, authority), () -> List.copyOf(active), time);
  }

  @AfterEach
  void stop() {
    kubelet.close();
    plugin.close();
  }

  private void awaitAllocatable(int count) {
    Await.until(
        count + " allocatable, not " + kubelet.devices().allocatable(),
        SOON,
        () -> kubelet.devices().allocatable().getOrDefault(NAME, -1) == count);
  }

  private static ContainerSpec container(String name, int devices) {
    return new ContainerSpec(
        name,
        "image",
        new Invocation(List.of(), List.of()),
        List.of(),
        devices == 0 ? Map.of() : Map.of(NAME, devices),
        false);
  }

  private static Pod pod(String uid, List<ContainerSpec> init, ContainerSpec... containers) {
    Metadata metadata = new Metadata(uid, "default", Map.of(), Map.of());
    return new Pod(
        uid, new PodSpec(metadata, init, List.of(containers), RestartPolicy.NEVER, "", Map.of()));
  }

  private Pod admit(Pod pod) {
    active.add(pod);
    try {
      kubelet.devices().admit(pod);
    } catch (Failure e) {
      active.remove(pod);
      throw e;
    }
    return pod;
  }

  private Pod admit(String uid, int devices) {
    return admit(pod(uid, List.of(), container("c", devices)));
  }

  private String refusal(String uid, int devices) {
    return assertThrows(Failure.class, () -> admit(uid, devices)).getMessage();
  }

  @Test
  void registrationDialsBackAsksOptionsThenWatches() {
    plugin.list(healthy("a"), unhealthy("b"));
    plugin.register();
    awaitAllocatable(1);
    assertEquals(List.of("options", "watch"), plugin.calls);
    assertEquals(Map.of(NAME, 2), kubelet.devices().capacity());
  }

  @Test
  void olderKubeletsNameTheSocketAsAuthority() {
    kubelet.close();
    kubelet = start(Kubelet.Authority.SOCKET_PATH);
    plugin.list(healthy("a"));
    plugin.bindAgain();
    plugin.register();
    awaitAllocatable(1);
  }

  @Test
  void anotherVersionAndAnIllegalNameAreRefused() {
    String version =
        assertThrows(StatusRuntimeException.class, () -> plugin.register("v1alpha")).getMessage();
    assertTrue(version.contains("'v1alpha' is not v1beta1"), version);
    try (FakePlugin odd = new FakePlugin(folder.resolve("device-plugins"), "Example.COM/x")) {
      String name = assertThrows(StatusRuntimeException.class, odd::register).getMessage();
      assertTrue(name.contains("the ResourceName \"Example.COM/x\" is invalid"), name);
    }
  }

  @Test
  void eachListReplacesTheOneBefore() {
    plugin.list(healthy("a"), healthy("b"), healthy("c"));
    plugin.register();
    awaitAllocatable(3);
    plugin.list(healthy("b"));
    awaitAllocatable(1);
    assertEquals(Map.of(NAME, 1), kubelet.devices().capacity());
  }

  @Test
  void preferenceIsHonouredAndIntersected() {
    plugin.list(healthy("a"), healthy("b"), healthy("c"), unhealthy("d"));
    plugin.preference = List.of("c", "d", "nonsense", "a");
    plugin.register();
    awaitAllocatable(3);
    Pod pod = admit("p", 2);
    assertEquals(
        List.of("options", "watch", "prefer 2 of [a, b, c] with []", "allocate [c, a]"),
        plugin.calls);
    Grant grant = kubelet.devices().start(pod, pod.spec().containers().getFirst());
    assertEquals(Map.of("TOKENS_" + NAME, "c,a"), grant.environment());
    assertEquals(Map.of(NAME, List.of("a", "c")), grant.ids());
  }

  @Test
  void aShortPreferenceIsFilledUp() {
    plugin.list(healthy("a"), healthy("b"));
    plugin.preference = List.of("b");
    plugin.register();
    awaitAllocatable(2);
    admit("p", 2);
    assertEquals("allocate [b, a]", plugin.calls.getLast());
  }

  @Test
  void onePodPerDeviceUntilNoneIsLeft() {
    plugin.wantsPreference = false;
    plugin.list(healthy("a"), healthy("b"), unhealthy("c"));
    plugin.register();
    awaitAllocatable(2);
    admit("p", 1);
    admit("q", 1);
    assertEquals(
        "Allocate failed due to requested number of devices unavailable for example.com/100g."
            + " Requested: 1, Available: 0, which is unexpected",
        refusal("r", 1));
    assertEquals(
        Set.of("allocate [a]", "allocate [b]"),
        Set.copyOf(plugin.calls.stream().filter(call -> call.startsWith("allocate")).toList()));
  }

  @Test
  void anErrorOfAllocateRefusesThePodAndHoldsNothing() {
    plugin.list(healthy("a"));
    plugin.register();
    awaitAllocatable(1);
    plugin.allocateFailure = new Failure(Failure.Kind.EXHAUSTED, "taken under another name");
    assertEquals(
        "Allocate failed due to rpc error: taken under another name, which is unexpected",
        refusal("p", 1));
    plugin.allocateFailure = null;
    admit("q", 1);
  }

  @Test
  void unknownNamesAndSickDevicesAreRefused() {
    assertEquals(
        "Allocate failed due to cannot allocate unregistered device "
            + NAME
            + ", which is unexpected",
        refusal("p", 1));
    plugin.list(healthy("a"));
    plugin.register();
    awaitAllocatable(1);
    plugin.list(unhealthy("a"));
    awaitAllocatable(0);
    assertEquals(
        "Allocate failed due to no healthy devices present; cannot allocate unhealthy devices "
            + NAME
            + ", which is unexpected",
        refusal("q", 1));
  }

  @Test
  void aPluginThatDiesLeavesCapacityButNothingAllocatableForFiveMinutes() {
    plugin.list(healthy("a"), healthy("b"));
    plugin.register();
    awaitAllocatable(2);
    plugin.close();
    awaitAllocatable(0);
    assertEquals(Map.of(NAME, 2), kubelet.devices().capacity());
    time.advance(Duration.ofMinutes(5).plusSeconds(1));
    assertEquals(Map.of(), kubelet.devices().capacity());
  }

  @Test
  void devicesOfPodsThatAreGoneAreFreedByTheNextAdmission() {
    plugin.list(healthy("a"));
    plugin.register();
    awaitAllocatable(1);
    Pod pod = admit("p", 1);
    refusal("q", 1);
    active.remove(pod);
    admit("r", 1);
  }

  @Test
  void containersTakeOverFromInitContainersThatFinish() {
    plugin.list(healthy("a"), healthy("b"), healthy("c"));
    plugin.preference = List.of("b", "c", "a");
    plugin.register();
    awaitAllocatable(3);
    admit(pod("p", List.of(container("init", 1)), container("one", 1), container("two", 1)));
    assertEquals(
        List.of("allocate [b]", "allocate [b]", "allocate [c]"),
        plugin.calls.stream().filter(call -> call.startsWith("allocate")).toList());
  }

  @Test
  void aContainerIsNotStartedOnASickDevice() {
    plugin.wantsPreStart = true;
    plugin.list(healthy("a"), healthy("b"));
    plugin.preference = List.of("a");
    plugin.register();
    awaitAllocatable(2);
    Pod pod = admit("p", 1);
    kubelet.devices().start(pod, pod.spec().containers().getFirst());
    assertEquals("prestart [a]", plugin.calls.getLast());
    plugin.list(unhealthy("a"), healthy("b"));
    awaitAllocatable(1);
    Failure failure =
        assertThrows(
            Failure.class, () -> kubelet.devices().start(pod, pod.spec().containers().getFirst()));
    assertTrue(failure.getMessage().startsWith("previously allocated devices are no longer"));
  }

  @Test
  void aRestartForgetsAllButTheCheckpoint() throws IOException {
    plugin.list(healthy("a"), onNumaNode("b", 1));
    plugin.preference = List.of("b");
    plugin.register();
    awaitAllocatable(2);
    Pod pod = admit("p", 1);
    Path checkpoint = folder.resolve("device-plugins/kubelet_internal_checkpoint");
    String text = Files.readString(checkpoint);
    assertTrue(text.contains("\"DeviceIDs\":{\"1\":[\"b\"]}"), text);
    assertTrue(text.contains("\"PodUID\":\"p\""), text);

    kubelet.restart();
    assertFalse(Files.exists(plugin.socket()), "the plugin's socket is deleted");
    assertTrue(Files.exists(checkpoint));
    assertEquals(Map.of(NAME, 0), kubelet.devices().capacity());

    plugin.bindAgain();
    plugin.register();
    awaitAllocatable(2);
    assertEquals(
        Map.of(NAME, List.of("b")),
        kubelet.devices().start(pod, pod.spec().containers().getFirst()).ids());
    admit("q", 1);
    assertEquals("allocate [a]", plugin.calls.getLast());
  }

  @Test
  void aDamagedCheckpointIsDropped() throws IOException {
    plugin.list(healthy("a"));
    plugin.register();
    awaitAllocatable(1);
    admit("p", 1);
    Path checkpoint = folder.resolve("device-plugins/kubelet_internal_checkpoint");
    kubelet.close();
    Files.writeString(checkpoint, Files.readString(checkpoint).replace("\"a\"", "\"z\""));
    kubelet = start(Kubelet.Authority.LOCALHOST);
    assertEquals(Map.of(), kubelet.devices().capacity());
  }

  @Test
  void theNewestRegistrationWinsAndTheOldOnesEndChangesNothing() {
    plugin.list(healthy("a"));
    plugin.register();
    awaitAllocatable(1);
    Path other = folder.resolve("device-plugins");
    try (FakePlugin newer = new FakePlugin(other, NAME, "newer.sock")) {
      newer.list(healthy("a"), healthy("b"));
      newer.register();
      awaitAllocatable(2);
      plugin.close();
      admit("p", 2);
      assertEquals(1, newer.calls.stream().filter(call -> call.startsWith("allocate")).count());
    }
  }

  @Test
  void manyAdmissionsAtOnceNeverShareADevice() throws InterruptedException {
    plugin.wantsPreference = false;
    plugin.list(
        IntStream.range(0, 8)
            .mapToObj(i -> healthy("d" + i))
            .toArray(io.patchbay.api.deviceplugin.Device[]::new));
    plugin.register();
    awaitAllocatable(8);
    List<Thread> threads =
        IntStream.range(0, 12)
            .mapToObj(i -> Thread.ofVirtual().start(() -> admitOrNot("p" + i)))
            .toList();
    for (Thread thread : threads) {
      thread.join();
    }
    List<String> allocations =
        plugin.calls.stream().filter(call -> call.startsWith("allocate")).toList();
    assertEquals(8, allocations.size());
    assertEquals(8, Set.copyOf(allocations).size());
  }

  private void admitOrNot(String uid) {
    Pod pod = pod(uid, List.of(), container("c", 1));
    active.add(pod);
    try {
      kubelet.devices().admit(pod);
    } catch (Failure e) {
      assertEquals(Failure.Kind.EXHAUSTED, e.kind());
    }
  }
}
