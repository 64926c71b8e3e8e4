package io.patchbay.hwsim.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.hwsim.tor.SwitchFaults;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What docs/switch-controller-v1.yaml says in words. */
@Timeout(60)
class ControllerTest {
  private static final String TRUNK =
      "{\"ports\":[{\"name\":\"Ethernet1\",\"vlans\":{\"mode\":\"TRUNK\",\"trunkVlans\":[\"100\"]}}]}";
  private static final String ACCESS =
      "{\"ports\":[{\"name\":\"Ethernet1\",\"vlans\":{\"mode\":\"ACCESS\",\"accessVlan\":5}}]}";
  private static final String NOTHING = "{\"ports\":[{\"name\":\"Ethernet1\",\"vlans\":null}]}";

  private final Stack opened = new Stack();
  private final FakeTime time = new FakeTime();
  private final HttpClient client = opened.push(HttpClient.newHttpClient());
  private SimulatedSwitch tor;
  private Controller controller;
  private String factory;

  @BeforeEach
  void start() {
    tor =
        opened.push(
            SimulatedSwitch.start(
                new SwitchDescription(
                    "tor-1",
                    List.of(Port.bare("Ethernet1"), Port.trunk("Ethernet2", "20..29")),
                    Access.byPassword("unused", "unused")),
                time));
    factory = tor.runningConfig();
    controller = opened.push(Controller.start("word", Optional.empty()));
    controller.put("tor-1", tor.rest());
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + controller.port() + "/v1/switches/" + path))
        .header("Authorization", "Bearer word");
  }

  private HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return client.send(request.build(), BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private HttpResponse<String> get(String path) {
    return send(to(path).GET());
  }

  private String version() {
    return get("tor-1/ports").headers().firstValue("ETag").orElseThrow();
  }

  private HttpResponse<String> post(String key, String version, String body) {
    return send(
        to("tor-1/ports")
            .header("Idempotency-Key", key)
            .header("If-Match", version)
            .POST(BodyPublishers.ofString(body)));
  }

  @Test
  void tellsAllPorts() {
    assertEquals(
        "{\"ports\":[{\"name\":\"Ethernet1\",\"vlans\":null,\"operStatus\":\"DOWN\"},"
            + "{\"name\":\"Ethernet2\",\"vlans\":{\"mode\":\"TRUNK\",\"trunkVlans\":[\"20..29\"]},"
            + "\"operStatus\":\"DOWN\"}]}",
        get("tor-1/ports").body());
  }

  @Test
  void theSameKeyIsTheSameTransactionAndAnotherBodyIsNot() {
    String version = version();
    String first = post("one", version, TRUNK).body();
    assertEquals("{\"id\":\"one\",\"state\":\"committed\"}", first);
    String made = version();
    assertEquals(first, post("one", version, TRUNK).body());
    assertEquals(first, get("tor-1/transactions/one").body());
    assertEquals(made, version(), "it was made once");
    assertEquals(409, post("one", version, ACCESS).statusCode());
    assertTrue(tor.runningConfig().contains("<trunk-vlans>100<"), tor::runningConfig);
  }

  @Test
  void whatWasDecidedUponAnOlderVersionIsNotMade() {
    String version = version();
    assertEquals(200, post("one", version, NOTHING).statusCode());
    assertNotEquals(version, version(), "also where nothing had to be changed");
    assertEquals(412, post("two", version, TRUNK).statusCode());
    assertEquals(404, get("tor-1/transactions/two").statusCode());
    assertEquals(factory, tor.runningConfig());
    assertEquals(200, post("two", version(), TRUNK).statusCode());
  }

  @Test
  void theVersionIsLookedAtWhenASlowChangeIsMade() {
    String version = version();
    tor.faults(new SwitchFaults(Duration.ofSeconds(9)));
    assertEquals(202, post("slow", version, TRUNK).statusCode());
    assertEquals("{\"id\":\"slow\",\"state\":\"pending\"}", get("tor-1/transactions/slow").body());
    tor.faults(SwitchFaults.NONE);
    assertEquals(200, post("quick", version, ACCESS).statusCode());
    time.advance(Duration.ofSeconds(9));
    String over = get("tor-1/transactions/slow").body();
    assertTrue(over.contains("\"state\":\"refused\""), over);
    assertTrue(over.contains("\"status\":412"), over);
    assertTrue(tor.runningConfig().contains("<access-vlan>5<"), tor::runningConfig);
  }

  @Test
  void anotherBootHasOtherVersions() {
    String version = version();
    controller.put("tor-1", tor.rest());
    assertNotEquals(version, version());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]                                                              | 400 | malformed",
        "{'ports':[]}                                                    | 400 | malformed",
        "{'ports':[{'name':'Ethernet1'}]}                                | 400 | malformed",
        "{'ports':[{'name':'Ethernet1','vlans':null,'x':1}]}             | 400 | malformed",
        "{'ports':[{'name':'Ethernet1','vlans':{'mode':'TRUNK','trunkVlans':[]}}]} | 400 |"
            + " malformed",
        "{'ports':[{'name':'Ethernet1','vlans':null},{'name':'Ethernet1','vlans':null}]} | 400 |"
            + " malformed",
        "{'ports':[{'name':'Ethernet9','vlans':null}]}                   | 404 | no-such-port",
        "{'ports':[{'name':'Ethernet1','vlans':{'mode':'OTHER'}}]}       | 422 | refused",
        "{'ports':[{'name':'Ethernet1','vlans':{'mode':'ACCESS','accessVlan':5000}}]} | 422 |"
            + " refused",
        "{'ports':[{'name':'Ethernet1','vlans':{'mode':'ACCESS','trunkVlans':['5']}}]} | 422 |"
            + " refused"
      })
  void whatIsRefusedIsAProblemAndChangesNothing(String body, int status, String word) {
    HttpResponse<String> answer = post("bad", version(), body.replace('\'', '"'));
    assertEquals(status, answer.statusCode(), answer::body);
    assertEquals(
        "application/problem+json", answer.headers().firstValue("Content-Type").orElseThrow());
    assertTrue(answer.body().contains("urn:patchbay:switch-controller:" + word), answer.body());
    assertEquals(404, get("tor-1/transactions/bad").statusCode());
    assertEquals(factory, tor.runningConfig());
  }

  @Test
  void whoIsUnknownAndWhatIsUnknownIsRefused() {
    HttpRequest.Builder stranger =
        HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + controller.port() + "/v1/switches/tor-1/ports"));
    assertEquals(401, send(stranger.GET()).statusCode());
    assertEquals(404, get("tor-2/ports").statusCode());
    assertEquals(
        428,
        send(to("tor-1/ports")
                .header("Idempotency-Key", "one")
                .POST(BodyPublishers.ofString(TRUNK)))
            .statusCode());
    assertEquals(400, post("no key", version(), TRUNK).statusCode());
    assertEquals(413, post("big", version(), " ".repeat((1 << 20) + 1)).statusCode());
  }
}
