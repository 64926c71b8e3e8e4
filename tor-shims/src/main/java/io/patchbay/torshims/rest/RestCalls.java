package io.patchbay.torshims.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.torshims.OperStatus;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.RestAccess;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.rest.RestDoor.Answer;
import io.patchbay.torshims.rest.Transaction.State;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The operations of {@code docs/switch-controller-v1.yaml} for one switch. Throws {@link Failure}
 * naming the switch: as {@link RestDoor#send} does, what a problem says, and UNAVAILABLE for an
 * answer that is not as the contract has it, since it says nothing of the ports. One thread at a
 * time.
 */
final class RestCalls implements AutoCloseable {
  private static final int OK = 200;
  private static final int ACCEPTED = 202;
  private static final int NOT_FOUND = 404;

  private final SwitchEntry entry;
  private final RestDoor door;
  private final String path;

  /**
   * @param permission is run before each of them; if it throws, there is none
   */
  RestCalls(SwitchEntry entry, RestAccess access, Runnable permission) {
    this.entry = entry;
    this.door = new RestDoor(entry, access, permission);
    String name = access.switchName().isEmpty() ? entry.name() : access.switchName();
    this.path = "/v1/switches/" + encoded(name);
  }

  private static String encoded(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** All ports as they are now. */
  RestPorts ports() {
    Answer answer = door.send(door.request(path + "/ports").GET());
    JsonNode body = body(answer);
    if (answer.status() != OK) {
      throw problem(answer, body).failure(entry.who());
    }
    Map<String, PortReading> readings = new HashMap<>();
    Map<String, Boolean> links = new HashMap<>();
    for (JsonNode port : member(body, "ports")) {
      String name = member(port, "name").asText();
      JsonNode vlans = member(port, "vlans");
      if (!(vlans.isNull() || vlans.isObject())
          || readings.put(name, RestPort.reading(vlans)) != null) {
        throw misunderstood("port " + name + " twice, or with other 'vlans' than an object");
      }
      OperStatus.isUp(member(port, "operStatus").asText()).ifPresent(up -> links.put(name, up));
    }
    if (answer.etag().isEmpty()) {
      throw misunderstood("no ETag");
    }
    return new RestPorts(answer.etag(), readings, links);
  }

  /**
   * Asks for a transaction; for the same one again, if that id was asked for before.
   *
   * @param version of the ports by which it was decided
   */
  Transaction change(String id, String version, Map<String, PortConfig> wanted) {
    Answer answer =
        door.send(
            door.request(path + "/ports")
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", id)
                .header("If-Match", version)
                .POST(RestDoor.json(RestPort.change(wanted))));
    JsonNode body = body(answer);
    if (answer.status() == OK || answer.status() == ACCEPTED) {
      return transaction(id, body);
    }
    Problem problem = problem(answer, body);
    if (problem.refuses()) {
      return Transaction.refused(problem);
    }
    throw problem.failure(entry.who());
  }

  /** What became of a transaction; empty where the controller does not know it. */
  Optional<Transaction> transaction(String id) {
    Answer answer = door.send(door.request(path + "/transactions/" + encoded(id)).GET());
    JsonNode body = body(answer);
    if (answer.status() == NOT_FOUND) {
      return Optional.empty();
    }
    if (answer.status() != OK) {
      throw problem(answer, body).failure(entry.who());
    }
    return Optional.of(transaction(id, body));
  }

  private Transaction transaction(String id, JsonNode body) {
    if (!member(body, "id").asText().equals(id)) {
      throw misunderstood("transaction " + body.get("id") + ", asked for " + id);
    }
    return switch (member(body, "state").asText()) {
      case "pending" -> new Transaction(State.PENDING, Optional.empty());
      case "committed" -> new Transaction(State.COMMITTED, Optional.empty());
      case "refused" -> Transaction.refused(Problem.of(member(body, "problem"), door::redacted));
      default -> throw misunderstood("a transaction that is " + body.get("state"));
    };
  }

  private Problem problem(Answer answer, JsonNode body) {
    return Problem.of(answer.status(), body, door::redacted);
  }

  /** What an answer says; of an error perhaps nothing. */
  private JsonNode body(Answer answer) {
    try {
      return Json.read(answer.body(), JsonNode.class);
    } catch (Failure e) {
      if (answer.status() == OK || answer.status() == ACCEPTED) {
        throw misunderstood("no JSON");
      }
      return MissingNode.getInstance();
    }
  }

  private JsonNode member(JsonNode object, String name) {
    JsonNode member = object.get(name);
    if (member == null) {
      throw misunderstood("no '" + name + "' where there should be one");
    }
    return member;
  }

  private Failure misunderstood(String what) {
    return new Failure(
        Failure.Kind.UNAVAILABLE,
        entry.who()
            + ": the controller does not keep to its contract: it answers with "
            + door.redacted(what));
  }

  /** The next call connects anew. */
  @Override
  public void close() {
    door.close();
  }
}
