package io.patchbay.workloads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Environment;
import io.patchbay.base.Failure;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.Paths;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WantedTest {
  private static final String HERE = "inode://4/77";

  private static List<Wanted> wanted(String services, Map<String, String> environment) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("NSM_NAME", "cnf-1");
    all.put("NSM_NETWORK_SERVICES", services);
    return Wanted.all(Environment.read(NscConfig.class, all), new Surroundings(HERE, all));
  }

  @Test
  void labelsComeFromTheUrlThenTheConfigurationThenThePod() {
    List<Wanted> all =
        wanted(
            "a@example.com/nsm-1?app=x&podName=mine,b",
            Map.of(
                "NSM_LABELS", "app:y,tier:gold",
                "POD_NAME", "pod",
                "POD_NAMESPACE", "ns",
                "NODE_NAME", "node-1"));
    assertEquals(
        List.of("cnf-1-0", "cnf-1-1"), all.stream().map(w -> w.connection().getId()).toList());
    Connection first = all.get(0).connection();
    assertEquals("a@example.com", first.getNetworkService());
    assertEquals(
        Map.of(
            "app",
            "x",
            "tier",
            "gold",
            "podName",
            "mine",
            "podNamespace",
            "ns",
            "nodeName",
            "node-1"),
        first.getLabelsMap());
    assertEquals("pod", all.get(1).connection().getLabelsMap().get("podName"));
    assertEquals(
        new KernelParameters(Optional.of(HERE), Optional.of("nsm-1"), Optional.empty()).mechanism(),
        all.get(0).mechanism());
    assertFalse(all.get(1).mechanism().containsParameters("name"));
  }

  @Test
  void theFirstGrantOfItsResourceGoesAlong() {
    Map<String, String> grants = Map.of("NSM_SRIOV_TOKENS_d.org/1g", " id1,id2");
    assertEquals(Optional.of("id1"), token(wanted("a/i?sriovToken=d.org/1g", grants).getFirst()));
    assertEquals(Optional.empty(), token(wanted("a/i?sriovToken=d.org/2g", grants).getFirst()));
    assertEquals(Optional.empty(), token(wanted("a/i", grants).getFirst()));
  }

  /** The pod drives the VF itself: no namespace and no interface are named. */
  @Test
  void aDeviceIsAskedForByItsGrantAloneAndTakenOverWithIt() {
    Map<String, String> grants = Map.of("NSM_SRIOV_TOKENS_d.org/1g", "id1");
    Wanted wanted = wanted("vfio://a/i?sriovToken=d.org/1g", grants).getFirst();
    Mechanism asked = wanted.mechanism();
    assertEquals("LOCAL VFIO", asked.getCls() + " " + asked.getType());
    assertEquals(Map.of("tokenID", "id1"), asked.getParametersMap());
    Mechanism agreed = asked.toBuilder().putParameters("iommuGroup", "41").build();
    Connection earlier = wanted.connection().toBuilder().setMechanism(agreed).build();
    assertEquals(agreed, wanted.onto(earlier).getMechanism());
    Wanted other = wanted("vfio://a/i", Map.of()).getFirst();
    assertFalse(other.onto(earlier).hasMechanism(), "another grant");
    assertFalse(wanted("kernel://a/i", Map.of()).getFirst().onto(earlier).hasMechanism());
  }

  private static Optional<String> token(Wanted wanted) {
    return KernelParameters.of(wanted.mechanism()).orElseThrow().tokenId();
  }

  @Test
  void takesAnEarlierConnectionOverAsFarAsItFits() {
    Wanted wanted = wanted("a/nsm-1?app=x", Map.of()).getFirst();
    Mechanism same = wanted.mechanism().toBuilder().putParameters("more", "kept").build();
    Connection earlier =
        Paths.arrive(wanted.connection(), "cnf-1").toBuilder()
            .setNetworkServiceEndpointName("nse")
            .putLabels("app", "old")
            .putLabels("other", "kept")
            .setMechanism(same)
            .build();
    Connection request = wanted.onto(earlier);
    assertEquals(earlier.getPath(), request.getPath());
    assertEquals("nse", request.getNetworkServiceEndpointName());
    assertEquals(Map.of("app", "x", "other", "kept"), request.getLabelsMap());
    assertEquals(same, request.getMechanism());
    Mechanism elsewhere = same.toBuilder().putParameters("inodeURL", "inode://4/1").build();
    assertFalse(wanted.onto(earlier.toBuilder().setMechanism(elsewhere).build()).hasMechanism());
    Mechanism renamed = same.toBuilder().putParameters("name", "nsm-9").build();
    assertFalse(wanted.onto(earlier.toBuilder().setMechanism(renamed).build()).hasMechanism());
  }

  @Test
  void whatThisClientCannotDoIsSaidBeforeAnythingIsAsked() {
    Failure wrong = assertThrows(Failure.class, () -> wanted("kernel://@d/i", Map.of()));
    assertEquals(Failure.Kind.INVALID, wrong.kind());
    assertEquals(
        "NSM_NETWORK_SERVICES: network service URL 'kernel://@d/i': '@d' is not service or"
            + " service@domain",
        wrong.getMessage());
    Failure memif = assertThrows(Failure.class, () -> wanted("memif://a/i", Map.of()));
    assertEquals(
        "NSM_NETWORK_SERVICES: network service URL 'memif://a/i': this client takes kernel:// and"
            + " vfio:// only",
        memif.getMessage());
    Failure twice = assertThrows(Failure.class, () -> wanted("a/i,b/i", Map.of()));
    assertEquals(
        "NSM_NETWORK_SERVICES: network service URL 'kernel://b/i': another one has the same"
            + " interface",
        twice.getMessage());
  }
}
