package io.patchbay.hwsim.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Time;
import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.Datastores;
import io.patchbay.hwsim.netconf.Device;
import io.patchbay.hwsim.netconf.RpcError;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One switch as a controller knows it, over the same running configuration as its NETCONF server. A
 * device that takes its time over a commit has its transactions pending for that long. Safe for all
 * threads.
 */
public final class RestService {
  private static final int TRANSACTIONS_MAX = 1024;
  private static final int PORTS_MAX = 1024;

  private final Device device;
  private final Datastores stores;
  private final List<String> ports;
  private final Time time;

  /** Tells the versions of this boot from those of any other. */
  private final String boot = Long.toHexString(ThreadLocalRandom.current().nextLong());

  private final AtomicLong changes = new AtomicLong();

  @GuardedBy("transactions")
  private final Map<String, Transaction> transactions =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Transaction> eldest) {
          return size() > TRANSACTIONS_MAX;
        }
      };

  /**
   * A transaction that was begun.
   *
   * @param body what was asked for
   * @param state as in the contract
   * @param problem why it was refused
   */
  private record Transaction(JsonNode body, String state, Optional<JsonNode> problem) {
    Answer answer(String id) {
      ObjectNode told = JsonNodeFactory.instance.objectNode().put("id", id).put("state", state);
      problem.ifPresent(why -> told.set("problem", why));
      return state.equals("pending") ? Answer.accepted(told) : Answer.ok(told);
    }
  }

  /**
   * @param ports the switch's, whether or not they are configured
   */
  public RestService(Device device, Datastores stores, List<String> ports, Time time) {
    this.device = device;
    this.stores = stores;
    this.ports = List.copyOf(ports);
    this.time = time;
    Runnable unused = stores.watch(change -> changes.incrementAndGet());
  }

  private String version() {
    return '"' + boot + "-" + changes.get() + '"';
  }

  /** All ports at one moment. */
  Answer ports() {
    while (true) {
      String version = version();
      Data running = stores.content(Datastores.Name.RUNNING);
      if (version.equals(version())) {
        return new Answer(200, version, PortTree.read(ports, device.withState(running)));
      }
    }
  }

  /** How a transaction is or went. */
  Answer transaction(String id) {
    synchronized (transactions) {
      Transaction known = transactions.get(id);
      if (known == null) {
        return Answer.problem(404, "no-such-transaction", "nothing is known of " + id);
      }
      return Answer.ok(known.answer(id).body());
    }
  }

  /** Forgets all transactions that are over, as a controller may after an hour. */
  void forget() {
    synchronized (transactions) {
      transactions.values().removeIf(each -> !each.state.equals("pending"));
    }
  }

  /** Begins a transaction, or tells how the one of that id is. Throws {@link Refused}. */
  Answer change(String id, String ifMatch, JsonNode body) {
    Map<String, JsonNode> wanted = wanted(body);
    if (!id.matches("[A-Za-z0-9._~-]{1,128}")) {
      throw Refused.malformed("a transaction needs an Idempotency-Key");
    }
    if (ifMatch.isEmpty()) {
      throw new Refused(428, "precondition-required", "say If-Match");
    }
    synchronized (transactions) {
      Transaction known = transactions.get(id);
      if (known != null && !known.body.equals(body)) {
        throw new Refused(409, "key-reused", id + " is another change");
      }
      if (known != null) {
        return known.answer(id);
      }
      note(id, new Transaction(body, "pending", Optional.empty()));
    }
    Duration delay = device.delay("commit");
    if (delay.isZero()) {
      return make(id, ifMatch, body, wanted);
    }
    Time.Timer unused = time.schedule(delay, () -> makeLater(id, ifMatch, body, wanted));
    return Answer.accepted(transaction(id).body());
  }

  private void note(String id, Transaction transaction) {
    synchronized (transactions) {
      transactions.put(id, transaction);
    }
  }

  private Answer make(String id, String ifMatch, JsonNode body, Map<String, JsonNode> wanted) {
    try {
      write(ifMatch, wanted);
    } catch (Refused e) {
      synchronized (transactions) {
        transactions.remove(id); // as if it had never been asked for
      }
      throw e;
    }
    note(id, new Transaction(body, "committed", Optional.empty()));
    return Answer.ok(transaction(id).body());
  }

  private void makeLater(String id, String ifMatch, JsonNode body, Map<String, JsonNode> wanted) {
    try {
      write(ifMatch, wanted);
      note(id, new Transaction(body, "committed", Optional.empty()));
    } catch (Refused e) {
      note(id, new Transaction(body, "refused", Optional.of(e.answer().body())));
    }
  }

  private void write(String ifMatch, Map<String, JsonNode> wanted) {
    try {
      stores.write(running -> changed(running, ifMatch, wanted), Datastores.Commit.LASTING);
    } catch (RpcError.Refusal e) {
      RpcError first = e.errors().getFirst();
      throw switch (first.tag()) {
        case IN_USE, LOCK_DENIED -> new Refused(409, "locked", first.message());
        default -> new Refused(422, "refused", first.path() + ": " + first.message());
      };
    }
  }

  /** Called under the lock of what is running, so that nobody comes in between. */
  private Data changed(Data running, String ifMatch, Map<String, JsonNode> wanted) {
    if (!ifMatch.equals(version())) {
      throw new Refused(412, "stale", "the version is " + version() + ", not " + ifMatch);
    }
    Data changed = running;
    for (Map.Entry<String, JsonNode> port : wanted.entrySet()) {
      changed = PortTree.with(changed, port.getKey(), port.getValue());
    }
    return changed;
  }

  private static Map<String, JsonNode> wanted(JsonNode body) {
    JsonNode list = body.path("ports");
    if (!list.isArray() || list.isEmpty() || body.size() != 1) {
      throw Refused.malformed("a change has a list 'ports' that is not empty, and nothing else");
    }
    if (list.size() > PORTS_MAX) {
      throw new Refused(413, "too-large", "more than " + PORTS_MAX + " ports");
    }
    Map<String, JsonNode> wanted = new TreeMap<>();
    for (JsonNode port : list) {
      JsonNode vlans = port.path("vlans");
      boolean known = vlans.isNull() || vlans.path("mode").isTextual();
      if (!port.path("name").isTextual() || !known || port.size() != 2) {
        throw Refused.malformed("a port has a 'name' and 'vlans', and nothing else: " + port);
      }
      if (wanted.put(port.get("name").asText(), vlans) != null) {
        throw Refused.malformed("port " + port.get("name") + " twice");
      }
    }
    return wanted;
  }
}
