package io.patchbay.hwsim.netconf;

import io.patchbay.base.Time;
import io.patchbay.base.Xml;
import io.patchbay.hwsim.netconf.Datastores.Name;
import io.patchbay.hwsim.netconf.RpcError.Layer;
import io.patchbay.hwsim.netconf.RpcError.Tag;
import io.patchbay.hwsim.netconf.TreeEditor.Operation;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongPredicate;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * The operations a session may ask for, by name. Each gives the content of its reply or throws
 * {@link RpcError.Refusal}. Called on sessions' threads.
 */
final class Operations {
  static final String OK = "<ok/>\n";

  /** When a confirmed commit says no time (RFC 6241 section 8.4.5.1). */
  private static final Duration CONFIRM_TIMEOUT = Duration.ofMinutes(10);

  private final Device device;
  private final Datastores stores;
  private final Time time;
  private final LongPredicate killer;

  /** Operations on a device; {@code killer} ends a session and says whether it existed. */
  Operations(Device device, Datastores stores, Time time, LongPredicate killer) {
    this.device = device;
    this.stores = stores;
    this.time = time;
    this.killer = killer;
  }

  /** Runs one operation of a session. */
  String run(long session, Element operation) throws InterruptedException {
    if (!Xml.namespace(operation).equals(YangModule.NETCONF.namespace())) {
      throw unsupported(operation, "no operations of " + Xml.namespace(operation));
    }
    Duration delay = device.delay(operation.getLocalName());
    if (delay.isPositive()) {
      time.sleep(delay);
    }
    checkOffered(operation);
    return switch (operation.getLocalName()) {
      case "get" ->
          filtered(
              new Parameters(operation, "filter"), device.withState(stores.content(Name.RUNNING)));
      case "get-config" -> config(operation);
      case "edit-config" -> edit(session, operation);
      case "validate" -> validate(session, operation);
      case "commit" -> commit(session, operation);
      case "cancel-commit" -> cancelCommit(session, operation);
      case "discard-changes" -> discard(session, operation);
      case "copy-config" -> copy(session, operation);
      case "lock" -> lock(session, operation);
      case "unlock" -> unlock(session, operation);
      case "kill-session" -> kill(session, operation);
      case "close-session" -> end(session, operation);
      default -> throw unsupported(operation, "no such operation");
    };
  }

  /** What needs a capability that this device does not list, it does not know. */
  private void checkOffered(Element operation) {
    Optional<Capability> needed =
        switch (operation.getLocalName()) {
          case "commit", "discard-changes" -> Optional.of(Capability.CANDIDATE);
          case "cancel-commit" -> Optional.of(Capability.CONFIRMED_COMMIT);
          case "validate" -> Optional.of(Capability.VALIDATE);
          case "copy-config" -> Optional.of(Capability.STARTUP);
          default -> Optional.empty();
        };
    if (names(operation, "startup")) {
      needed = Optional.of(Capability.STARTUP);
    }
    if (names(operation, "candidate")) {
      needed = Optional.of(Capability.CANDIDATE);
    }
    if (needed.filter(capability -> !offers(capability)).isPresent()) {
      throw unsupported(operation, "needs " + needed.get().uri());
    }
  }

  private static boolean names(Element operation, String datastore) {
    return Xml.children(operation).stream()
        .flatMap(parameter -> Xml.children(parameter).stream())
        .anyMatch(store -> store.getLocalName().equals(datastore));
  }

  private String config(Element operation) {
    Parameters parameters = new Parameters(operation, "source", "filter");
    return filtered(parameters, stores.content(parameters.datastore("source")));
  }

  private static String filtered(Parameters parameters, Data data) {
    Optional<Element> filter = parameters.find("filter");
    Data passed = filter.map(element -> subtree(parameters, element).apply(data)).orElse(data);
    return new XmlText().open("data").content(passed).close("data").toString();
  }

  private static SubtreeFilter subtree(Parameters parameters, Element filter) {
    String type = filter.getAttribute("type");
    if (!type.isEmpty() && !type.equals("subtree")) {
      throw parameters.wrong(
          Tag.BAD_ATTRIBUTE, "only subtree filters are known, not " + type + ":", "filter");
    }
    return new SubtreeFilter(filter);
  }

  private String edit(long session, Element operation) {
    Parameters parameters =
        new Parameters(
            operation, "target", "default-operation", "test-option", "error-option", "config");
    Name target = parameters.datastore("target");
    if (target == Name.STARTUP) {
      throw unsupported(operation, "startup is only copied to");
    }
    if (target == Name.RUNNING && !offers(Capability.WRITABLE_RUNNING)) {
      throw unsupported(operation, "only the candidate can be edited");
    }
    Element config = parameters.require("config");
    checkKnowsRemove(config);
    Operation byDefault =
        parameters.parsed("default-operation", Operation.MERGE, TreeEditor::byDefault);
    TestOption test = parameters.parsed("test-option", TestOption.TEST_THEN_SET, TestOption::of);
    TreeEditor editor = new TreeEditor(goesOn(parameters) || halves(target, parameters));
    stores.edit(
        session,
        target,
        before -> {
          Data edited = editor.edit(before, config, byDefault);
          if (test != TestOption.SET) {
            device.validate(edited);
          }
          return test == TestOption.TEST_ONLY ? before : edited;
        });
    if (!editor.errors().isEmpty()) {
      throw new RpcError.Refusal(editor.errors());
    }
    return OK;
  }

  /** The operation remove came with base 1.1. */
  private void checkKnowsRemove(Element config) {
    NodeList all = config.getElementsByTagName("*");
    for (int i = 0; i < all.getLength() && !offers(Capability.BASE_1_1); i++) {
      Element edit = (Element) all.item(i);
      if (edit.getAttributeNS(YangModule.NETCONF.namespace(), "operation").equals("remove")) {
        throw RpcError.of(Layer.PROTOCOL, Tag.BAD_ATTRIBUTE, "base 1.0 has no operation remove")
            .with("bad-attribute", "operation")
            .with("bad-element", edit.getLocalName())
            .refusal();
      }
    }
  }

  /** Whether an edit of which a part fails leaves the rest in what is running. */
  private boolean halves(Name target, Parameters parameters) {
    return target == Name.RUNNING && !parameters.text("error-option").equals("rollback-on-error");
  }

  private boolean offers(Capability capability) {
    return device.capabilities().contains(capability);
  }

  /**
   * Stopping at the first error leaves the candidate as it was here, which the RFC allows, so
   * stop-on-error and rollback-on-error are one.
   */
  private static boolean goesOn(Parameters parameters) {
    return parameters.parsed(
        "error-option",
        false,
        word ->
            switch (word) {
              case "stop-on-error", "rollback-on-error" -> Optional.of(false);
              case "continue-on-error" -> Optional.of(true);
              default -> Optional.empty();
            });
  }

  private String validate(long session, Element operation) {
    Parameters parameters = new Parameters(operation, "source");
    Element source = parameters.require("source");
    Optional<Element> inline =
        Xml.children(source).stream()
            .filter(child -> child.getLocalName().equals("config"))
            .findFirst();
    Data root = Data.empty(stores.content(Name.RUNNING).schema());
    device.validate(
        inline
            .map(config -> new TreeEditor(false).edit(root, config, Operation.MERGE))
            .orElseGet(() -> stores.content(parameters.datastore("source"))));
    if (device.validatesInVain()) {
      stores.discard(session);
    }
    return OK;
  }

  private String commit(long session, Element operation) {
    Parameters parameters =
        new Parameters(operation, "confirmed", "confirm-timeout", "persist", "persist-id");
    boolean confirmed = parameters.find("confirmed").isPresent();
    Duration timeout = parameters.parsed("confirm-timeout", CONFIRM_TIMEOUT, Operations::seconds);
    if (!confirmed && parameters.find("persist").isPresent()) {
      throw parameters.wrong(Tag.MISSING_ELEMENT, "persist needs", "confirmed");
    }
    stores.commit(
        session,
        new Datastores.Commit(
            confirmed ? timeout : Duration.ZERO,
            parameters.text("persist"),
            parameters.text("persist-id")));
    return OK;
  }

  private static Optional<Duration> seconds(String text) {
    return text.matches("[1-9]\\d{0,9}")
        ? Optional.of(Duration.ofSeconds(Long.parseLong(text)))
        : Optional.empty();
  }

  private String cancelCommit(long session, Element operation) {
    stores.cancelCommit(session, new Parameters(operation, "persist-id").text("persist-id"));
    return OK;
  }

  private String discard(long session, Element operation) {
    new Parameters(operation);
    stores.discard(session);
    return OK;
  }

  /** Only what is running into what the device boots with. */
  private String copy(long session, Element operation) {
    Parameters parameters = new Parameters(operation, "target", "source");
    if (parameters.datastore("target") != Name.STARTUP
        || parameters.datastore("source") != Name.RUNNING) {
      throw unsupported(operation, "only from running to startup");
    }
    stores.save(session);
    return OK;
  }

  private String lock(long session, Element operation) {
    stores.lock(session, new Parameters(operation, "target").datastore("target"));
    return OK;
  }

  private String unlock(long session, Element operation) {
    stores.unlock(session, new Parameters(operation, "target").datastore("target"));
    return OK;
  }

  private String kill(long session, Element operation) {
    Parameters parameters = new Parameters(operation, "session-id");
    String victim = Xml.text(parameters.require("session-id"));
    long id = victim.matches("[1-9]\\d{0,9}") ? Long.parseLong(victim) : 0;
    if (id == session || !killer.test(id)) {
      throw parameters.wrong(
          Tag.INVALID_VALUE,
          id == session ? "a session cannot kill itself, see" : "no session '" + victim + "', see",
          "session-id");
    }
    return OK;
  }

  /** What the session held is free before the reply says so. */
  private String end(long session, Element operation) {
    new Parameters(operation);
    stores.ended(session);
    return OK;
  }

  private static RpcError.Refusal unsupported(Element operation, String why) {
    return RpcError.of(
            Layer.PROTOCOL, Tag.OPERATION_NOT_SUPPORTED, operation.getLocalName() + ": " + why)
        .refusal();
  }

  /** What an edit is checked against before it is kept (RFC 6241 section 7.2). */
  private enum TestOption {
    TEST_THEN_SET,
    SET,
    TEST_ONLY;

    static Optional<TestOption> of(String word) {
      return switch (word) {
        case "test-then-set" -> Optional.of(TEST_THEN_SET);
        case "set" -> Optional.of(SET);
        case "test-only" -> Optional.of(TEST_ONLY);
        default -> Optional.empty();
      };
    }
  }
}
