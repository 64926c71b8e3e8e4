package io.patchbay.torshims.rest;

import static io.patchbay.torshims.rest.ControllerRig.read;
import static io.patchbay.torshims.rest.ControllerRig.trunk;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.patchbay.base.Await;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.hwsim.rest.Exchange;
import io.patchbay.hwsim.rest.Trouble;
import io.patchbay.hwsim.tor.SwitchFaults;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Access;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The driver, the simulated controller and the OpenAPI file say the same. */
@Timeout(60)
class ControllerApiTest {
  private static final Path FILE = Path.of("../docs/switch-controller-v1.yaml");
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;
  private ControllerRig rig;
  private RestSwitch driver;
  private final List<Exchange> exchanges = new CopyOnWriteArrayList<>();

  @BeforeEach
  void start() throws IOException {
    rig = new ControllerRig(folder);
    driver = rig.driver();
    rig.controller.watch(exchanges::add);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private void apply(String port, PortConfig wanted) {
    driver.apply(Map.of(port, wanted), PATIENCE);
  }

  @Test
  void allThatIsSaidIsInTheFileAndAllThatIsInTheFileIsSaid() throws Exception {
    OpenApi api = new OpenApi(FILE);
    Raw before = read(driver, "Ethernet4").raw();
    apply("Ethernet4", new Trunk(new TreeSet<>(Set.of(1, 2, 3, 9)), OptionalInt.of(4094)));
    apply("Ethernet4", new Access(4094));
    apply("Ethernet4", before);
    apply("Ethernet1", trunk(100));
    apply("Ethernet1", new Raw("no switched-vlan"));
    for (Trouble trouble :
        List.of(
            Trouble.SILENCE,
            Trouble.SILENCE_AFTER_APPLYING,
            Trouble.BUSY,
            Trouble.UNREACHABLE,
            Trouble.ERROR_AFTER_APPLYING,
            Trouble.REFUSAL_AFTER_APPLYING)) {
      rig.controller.next(trouble);
      apply("Ethernet1", trunk(trouble.ordinal() + 1));
    }
    whatIsSlow();
    rig.token("wrong");
    assertThrows(Failure.class, () -> read(driver, "Ethernet1"));
    exchanges.forEach(exchange -> api.check(exchange, "/fabric"));
    assertEquals(List.of(), api.wrong());
    assertEquals(Set.of(), api.unseen());
  }

  private void whatIsSlow() throws Exception {
    rig.tor.faults(new SwitchFaults(Duration.ofSeconds(30)));
    FutureTask<?> task = new FutureTask<>(() -> apply("Ethernet1", trunk(200)), null);
    Thread.ofVirtual().start(task);
    Await.until(
        "it is pending",
        PATIENCE,
        () -> exchanges.stream().anyMatch(each -> each.answer().contains("pending")));
    rig.tor.faults(SwitchFaults.NONE);
    rig.driver().apply(Map.of("Ethernet2", trunk(300)), PATIENCE);
    rig.switchTime.advance(Duration.ofSeconds(30));
    task.get();
    assertTrue(
        exchanges.stream().anyMatch(each -> each.answer().contains("\"state\":\"refused\"")));
  }

  /** No member that must be there is there for nothing: without it the driver says so. */
  @ParameterizedTest
  @CsvSource({
    "ports,ports",
    "ports,name",
    "ports,vlans",
    "ports,operStatus",
    "transaction,id",
    "transaction,state"
  })
  void withoutAMemberThatMustBeThereNothingIsBelieved(String answer, String member) {
    read(driver, "Ethernet1");
    rig.controller.tamper(
        text -> text.contains("\"" + answerMark(answer) + "\"") ? without(text, member) : text);
    Failure failure = assertThrows(Failure.class, () -> apply("Ethernet1", trunk(100)));
    assertEquals(Failure.Kind.UNAVAILABLE, failure.kind(), failure::toString);
    assertTrue(failure.getMessage().contains("no '" + member + "'"), failure.getMessage());
  }

  private static String answerMark(String answer) {
    return answer.equals("ports") ? "ports" : "state";
  }

  private static String without(String text, String member) {
    JsonNode json = Json.read(text, JsonNode.class);
    json.findParents(member).forEach(parent -> ((ObjectNode) parent).remove(member));
    return Json.write(json);
  }
}
