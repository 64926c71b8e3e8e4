package io.patchbay.deviceplugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.dra.Claim;
import io.patchbay.api.dra.DRAPluginGrpc;
import io.patchbay.api.dra.Device;
import io.patchbay.api.dra.NodePrepareResourceResponse;
import io.patchbay.api.dra.NodePrepareResourcesRequest;
import io.patchbay.api.dra.NodePrepareResourcesResponse;
import io.patchbay.api.dra.NodeUnprepareResourcesRequest;
import io.patchbay.api.dra.NodeUnprepareResourcesResponse;
import io.patchbay.api.pluginregistration.PluginInfo;
import io.patchbay.api.podresources.ClaimResource;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.Use;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.base.Time;
import io.patchbay.deviceplugin.dra.AllocatedClaim;
import io.patchbay.deviceplugin.dra.Pool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What a kubelet may rely on that asks for resource claims: fact 14 of contracts/kubelet.md section
 * 12, and its section 7. What the ledger does is tested with it ({@code ResourceClaimTest} of
 * sriov-manager).
 */
class ResourceClaimContractTest extends PluginRig<Time> {
  private static final String DRIVER = "sriov.example.com";
  private static final String VF0 = "0000-3b-01-0";
  private static final String VF1 = "0000-3b-01-1";
  private final FakeCluster cluster = new FakeCluster();

  ResourceClaimContractTest() {
    super(Time.system());
  }

  @BeforeEach
  void serveClaims() throws IOException {
    plugin.close();
    kubelet.watchPlugins();
    plugin = newPlugin();
    come();
  }

  @Override
  DevicePlugin newPlugin() {
    return DevicePlugin.start(
        config(kubelet.plugins, kubelet.podResources, Optional.of(DRIVER)), () -> cluster, time);
  }

  private void come() {
    eventually("the driver is found", () -> !kubelet.info(DRIVER).getName().isEmpty());
    eventually("all is offered", () -> healthy(FAST) == 4);
  }

  private static Claim claim(String name, String uid) {
    return Claim.newBuilder().setNamespace("default").setName(name).setUid(uid).build();
  }

  private NodePrepareResourcesResponse prepare(Claim... claims) {
    return DRAPluginGrpc.newBlockingStub(kubelet.driver(DRIVER))
        .nodePrepareResources(
            NodePrepareResourcesRequest.newBuilder().addAllClaims(List.of(claims)).build());
  }

  private NodePrepareResourceResponse prepared(Claim claim) {
    return prepare(claim).getClaimsOrThrow(claim.getUid());
  }

  private NodeUnprepareResourcesResponse unprepare(Claim... claims) {
    return DRAPluginGrpc.newBlockingStub(kubelet.driver(DRIVER))
        .nodeUnprepareResources(
            NodeUnprepareResourcesRequest.newBuilder().addAllClaims(List.of(claims)).build());
  }

  private State state(int number) {
    return manager.catalog().getFunctions(number).getState();
  }

  private Path file(String uid) {
    return folder.resolve("cdi").resolve("patchbay.io-claim-" + uid + ".json");
  }

  @Test
  @DisplayName("14: prepare twice: one grant, the same answer, also of a plugin that was restarted")
  void preparedTwice() throws IOException {
    cluster.allocates("fast", "u1", DRIVER, FAST, VF0);
    Claim fast = claim("fast", "u1");
    NodePrepareResourcesResponse first = prepare(fast);
    assertEquals("", first.getClaimsOrThrow("u1").getError());
    Device device = first.getClaimsOrThrow("u1").getDevices(0);
    assertEquals(
        Device.newBuilder()
            .addRequestNames("r0")
            .setPoolName("node-1")
            .setDeviceName(VF0)
            .addCdiDeviceIds("patchbay.io/claim=u1_r0")
            .build(),
        device);
    String told = Files.readString(file("u1"));
    assertEquals(first, prepare(fast));
    assertEquals(told, Files.readString(file("u1")));

    plugin.close(); // as if it were killed before the kubelet had the answer
    Files.delete(file("u1"));
    plugin = newPlugin();
    come2();
    assertEquals(first, prepare(fast));
    assertEquals(told, Files.readString(file("u1")));
    assertEquals(
        "default/fast/u1", manager.catalog().getFunctions(0).getOwner().getResourceClaim());
    assertEquals(State.FREE, state(1));
  }

  private void come2() {
    eventually(
        "it serves and knows its VFs",
        () -> {
          try {
            return prepared(claim("fast", "u1")).getError().isEmpty();
          } catch (StatusRuntimeException away) {
            return false;
          }
        });
  }

  @Test
  @DisplayName("14: unprepare twice, and of a claim that nobody knows: success")
  void unpreparedTwice() {
    cluster.allocates("fast", "u1", DRIVER, FAST, VF0);
    Claim fast = claim("fast", "u1");
    assertEquals("", prepared(fast).getError());
    cluster.claims.clear(); // it may be gone from the API server by then
    for (int i = 0; i < 2; i++) {
      assertEquals("", unprepare(fast).getClaimsOrThrow("u1").getError());
      assertEquals(State.FREE, state(0));
      assertFalse(Files.exists(file("u1")));
    }
    Claim strange = claim("strange", "u9");
    assertEquals("", unprepare(strange).getClaimsOrThrow("u9").getError());
  }

  @Test
  @DisplayName("14: no claim of a request is without an entry, whatever becomes of the others")
  void noEntryIsMissing() {
    cluster.allocates("fast", "u1", DRIVER, FAST, VF0);
    cluster.allocates("taken", "u2", DRIVER, LAB, VF0);
    cluster.allocates("foreign", "u3", "gpu.example.com", FAST, VF1);
    cluster.allocates("unknown", "u4", DRIVER, FAST, "0000-ff-00-0");
    NodePrepareResourcesResponse all =
        prepare(
            claim("fast", "u1"),
            claim("taken", "u2"),
            claim("foreign", "u3"),
            claim("unknown", "u4"),
            claim("absent", "u5"));
    assertEquals(Set.of("u1", "u2", "u3", "u4", "u5"), all.getClaimsMap().keySet());
    assertEquals("", all.getClaimsOrThrow("u1").getError());
    failed(all, "u2", "is taken");
    failed(all, "u3", "has no device of driver " + DRIVER);
    failed(all, "u4", "0000-ff-00-0");
    failed(all, "u5", "there is no resource claim default/absent");
    assertEquals(State.FREE, state(1));

    manager.stop();
    NodeUnprepareResourcesResponse gone = unprepare(claim("fast", "u1"), claim("absent", "u5"));
    assertEquals(Set.of("u1", "u5"), gone.getClaimsMap().keySet());
    assertFalse(gone.getClaimsOrThrow("u1").getError().isEmpty(), "the kubelet is to ask again");
    assertTrue(Files.exists(file("u1")));
    manager.start();
  }

  private static void failed(NodePrepareResourcesResponse all, String uid, String words) {
    NodePrepareResourceResponse one = all.getClaimsOrThrow(uid);
    assertEquals(0, one.getDevicesCount());
    assertTrue(one.getError().contains(words), one.getError());
  }

  @Test
  @DisplayName("14: a claim that was made anew under its name is another: nothing is reserved")
  void anotherUidIsRefused() {
    cluster.allocates("fast", "u2", DRIVER, FAST, VF0);
    failed(prepare(claim("fast", "u1")), "u1", "its uid is u2, not u1");
    assertEquals(State.FREE, state(0));
    assertEquals("", prepared(claim("fast", "u2")).getError());
    assertEquals("", unprepare(claim("fast", "u1")).getClaimsOrThrow("u1").getError());
    assertEquals(State.RESERVED, state(0), "the late end of the older is not the newer's");
  }

  @Test
  void bothVersionsAreServedAndRegistered() {
    PluginInfo info = kubelet.info(DRIVER);
    assertEquals("DRAPlugin", info.getType());
    assertEquals(List.of("v1.DRAPlugin", "v1beta1.DRAPlugin"), info.getSupportedVersionsList());
    assertEquals(folder.resolve("plugins/" + DRIVER + "/dra.sock").toString(), info.getEndpoint());
    AllocatedClaim.Result shared =
        new AllocatedClaim.Result("r/sub", DRIVER, "node-1", VF0, false, "s1");
    cluster.claims.put(
        "default/fast",
        new AllocatedClaim(
            "u1",
            List.of("cnf-1"),
            List.of(shared),
            List.of(new AllocatedClaim.Setting(DRIVER, List.of("r"), FAST))));
    Claim fast = claim("fast", "u1");
    Device device = prepared(fast).getDevices(0);
    assertEquals("s1", device.getShareId());
    assertEquals(List.of("r"), device.getRequestNamesList());
    var beta = io.patchbay.api.dra.v1beta1.DRAPluginGrpc.newBlockingStub(kubelet.driver(DRIVER));
    Device old =
        beta.nodePrepareResources(NodePrepareResourcesRequest.newBuilder().addClaims(fast).build())
            .getClaimsOrThrow("u1")
            .getDevices(0);
    assertEquals(device.toBuilder().clearShareId().build(), old);
    NodeUnprepareResourcesRequest end =
        NodeUnprepareResourcesRequest.newBuilder().addClaims(fast).build();
    assertEquals("", beta.nodeUnprepareResources(end).getClaimsOrThrow("u1").getError());
    assertEquals(State.FREE, state(0));
  }

  @Test
  void socketsThatSomebodyRemovesComeBackAndGoAtTheEnd() throws IOException {
    Path found = kubelet.watched.resolve(DRIVER + "-reg.sock");
    Path served = folder.resolve("plugins/" + DRIVER + "/dra.sock");
    eventually("both", () -> Files.exists(found) && Files.exists(served));
    Files.delete(found);
    Files.delete(served);
    eventually("both again", () -> Files.exists(found) && Files.exists(served));
    plugin.close();
    assertFalse(Files.exists(found) || Files.exists(served));
  }

  /** The ledger decides; each front sees at once what the other has. */
  @Test
  void neverBothFronts() {
    cluster.allocates("fast", "u1", DRIVER, FAST, VF0);
    cluster.allocates("late", "u2", DRIVER, FAST, VF1);
    assertEquals("", prepared(claim("fast", "u1")).getError());
    eventually("withdrawn", () -> healthy(FAST) == 3 && healthy(LAB) == 3);
    assertThrows(StatusRuntimeException.class, () -> kubelet.allocate(FAST, id(0)));
    kubelet.allocate(FAST, id(1));
    assertTrue(prepared(claim("late", "u2")).getError().contains("is taken"));
    eventually("offered", () -> offered().equals(List.of(VF0, "0000-3b-01-2", "0000-3b-01-3")));
    assertEquals("", unprepare(claim("fast", "u1")).getClaimsOrThrow("u1").getError());
    eventually("back", () -> healthy(FAST) == 4 && healthy(LAB) == 3);
  }

  private List<String> offered() {
    return cluster.pools.isEmpty()
        ? List.of()
        : cluster.pools.getLast().slices().getFirst().stream().map(Pool.Offer::name).toList();
  }

  @Test
  void aContainerFindsAllThatItsClaimHasByTheName() throws IOException {
    manager.drivenByContainers(4);
    eventually("known", () -> Files.exists(folder.resolve("cdi")) && healthy(FAST) == 4);
    cluster.allocates("fast", "u1", DRIVER, FAST, VF0, "0000-3b-01-2");
    assertEquals("", prepared(claim("fast", "u1")).getError());
    Map<?, ?> spec = Json.read(Files.readString(file("u1")), Map.class);
    assertEquals("0.5.0 patchbay.io/claim", spec.get("cdiVersion") + " " + spec.get("kind"));
    List<?> devices = (List<?>) spec.get("devices");
    assertEquals(2, devices.size());
    Map<?, ?> second = (Map<?, ?>) devices.get(1);
    assertEquals("u1_r1", second.get("name"));
    Map<?, ?> edits = (Map<?, ?>) second.get("containerEdits");
    List<?> env = (List<?>) edits.get("env");
    assertTrue(env.contains("NSM_SRIOV_TOKENS_example.com/100g=token-0,token-2"), env.toString());
    assertTrue(env.contains("PCIDEVICE_EXAMPLE_COM_100G=" + id(0) + "," + id(2)), env.toString());
    String nodes = String.valueOf(edits.get("deviceNodes"));
    assertTrue(nodes.contains("/dev/vfio/vfio") && nodes.contains("/dev/vfio/41"), nodes);
    assertFalse(nodes.contains("/dev/vfio/40"), nodes);
  }

  @Test
  void whatCannotBeDoneIsRefused() {
    cluster.allocates("fast", "u1", DRIVER, FAST, VF0);
    AllocatedClaim good = cluster.claims.get("default/fast");
    AllocatedClaim.Result result = good.results().getFirst();
    refuses(
        "reserved for [a, b]",
        new AllocatedClaim("u1", List.of("a", "b"), good.results(), good.settings()));
    refuses("goes by [" + FAST, new AllocatedClaim("u1", good.pods(), good.results(), List.of()));
    refuses(
        "adminAccess",
        with(good, new AllocatedClaim.Result("r0", DRIVER, result.pool(), VF0, true, "")));
    refuses(
        "of pool node-2",
        with(good, new AllocatedClaim.Result("r0", DRIVER, "node-2", VF0, false, "")));
    cluster.failure = Optional.of(new Failure(Failure.Kind.UNAVAILABLE, "the API server: away"));
    refuses("away", good);
    assertEquals(State.FREE, state(0));
  }

  private static AllocatedClaim with(AllocatedClaim claim, AllocatedClaim.Result result) {
    return new AllocatedClaim(claim.uid(), claim.pods(), List.of(result), claim.settings());
  }

  private void refuses(String words, AllocatedClaim claim) {
    cluster.claims.put("default/fast", claim);
    failed(prepare(claim("fast", "u1")), "u1", words);
  }

  @Test
  void whatTheKubeletListsOfClaimsIsReported() {
    cluster.allocates("fast", "u1", DRIVER, FAST, VF0);
    assertEquals("", prepared(claim("fast", "u1")).getError());
    ClaimResource device =
        ClaimResource.newBuilder()
            .setDriverName(DRIVER)
            .setPoolName("node-1")
            .setDeviceName(VF0)
            .build();
    kubelet.claims("other", "far", device.toBuilder().setPoolName("node-2").build());
    kubelet.claims("cnf-1", "fast", device);
    Use wanted =
        Use.newBuilder()
            .setPciAddress(id(0))
            .setResourceName(FAST)
            .setPodNamespace("default")
            .setPodName("cnf-1")
            .setContainerName("app")
            .setResourceClaim("default/fast")
            .build();
    eventually(
        "reported",
        () ->
            !manager.reports.isEmpty()
                && manager.reports.getLast().getUsesList().equals(List.of(wanted)));
  }
}
