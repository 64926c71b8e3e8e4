package io.patchbay.hwsim.gnmi;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.gnmi.CapabilityRequest;
import io.patchbay.api.gnmi.CapabilityResponse;
import io.patchbay.api.gnmi.Encoding;
import io.patchbay.api.gnmi.GetRequest;
import io.patchbay.api.gnmi.GetResponse;
import io.patchbay.api.gnmi.ModelData;
import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.SetResponse;
import io.patchbay.api.gnmi.SubscribeRequest;
import io.patchbay.api.gnmi.SubscribeResponse;
import io.patchbay.api.gnmi.TypedValue;
import io.patchbay.api.gnmi.Update;
import io.patchbay.api.gnmi.UpdateResult;
import io.patchbay.api.gnmi.gNMIGrpc.gNMIImplBase;
import io.patchbay.api.gnmiext.Commit;
import io.patchbay.api.gnmiext.Extension;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.base.Time;
import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.DataJson;
import io.patchbay.hwsim.netconf.Datastores;
import io.patchbay.hwsim.netconf.Device;
import io.patchbay.hwsim.netconf.RpcError;
import io.patchbay.sockets.Calls;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The gNMI service of one device, over the same running configuration as its NETCONF server. Knows
 * JSON_IETF, the commit extension, and streams ON_CHANGE or SAMPLE. Safe for all threads.
 */
public final class GnmiService extends gNMIImplBase {
  /** When a commit says no time (contract tor.md section 3). */
  private static final Duration ROLLBACK = Duration.ofMinutes(10);

  private final Device device;
  private final Datastores stores;
  private final Time time;

  public GnmiService(Device device, Datastores stores, Time time) {
    this.device = device;
    this.stores = stores;
    this.time = time;
  }

  @Override
  public void capabilities(CapabilityRequest request, StreamObserver<CapabilityResponse> observer) {
    answer(
        observer,
        () -> {
          CapabilityResponse.Builder response =
              CapabilityResponse.newBuilder()
                  .setGNMIVersion("0.10.0")
                  .addSupportedEncodings(Encoding.JSON_IETF);
          device
              .modules()
              .forEach(module ->
                  response.addSupportedModels(
                      ModelData.newBuilder().setName(module.name()).setOrganization("OpenConfig")));
          return response.build();
        });
  }

  @Override
  public void get(GetRequest request, StreamObserver<GetResponse> observer) {
    answer(
        observer,
        () -> {
          checkEncoding(request.getEncoding());
          Data tree = tree(request.getType());
          Notification.Builder found = notification(request.getPrefix());
          request.getPathList().stream()
              .flatMap(path -> Wildcards.resolved(tree, request.getPrefix(), path))
              .forEach(path -> found.addUpdate(update(tree, request, path)));
          return GetResponse.newBuilder().addNotification(found).build();
        });
  }

  private Data tree(GetRequest.DataType type) {
    Data running = stores.content(Datastores.Name.RUNNING);
    return type == GetRequest.DataType.CONFIG ? running : device.withState(running);
  }

  private static Update update(Data tree, GetRequest request, Path path) {
    return TreePath.of(tree.schema(), request.getPrefix(), path)
        .find(tree)
        .map(data -> Update.newBuilder().setPath(path).setVal(value(data)).build())
        .orElseThrow(() -> new Failure(Failure.Kind.NOT_FOUND, "there is nothing at " + path));
  }

  static TypedValue value(Data data) {
    String text = Json.write(DataJson.write(data));
    return TypedValue.newBuilder().setJsonIetfVal(ByteString.copyFromUtf8(text)).build();
  }

  private static void checkEncoding(Encoding encoding) {
    if (encoding != Encoding.JSON_IETF) {
      throw new Failure(Failure.Kind.UNSUPPORTED, "only JSON_IETF is known, not " + encoding);
    }
  }

  private Notification.Builder notification(Path prefix) {
    return Notification.newBuilder().setTimestamp(now()).setPrefix(prefix);
  }

  private long now() {
    return Duration.between(Instant.EPOCH, time.now()).toNanos();
  }

  @Override
  public void set(SetRequest request, StreamObserver<SetResponse> observer) {
    answer(
        observer,
        () -> {
          pause(device.delay("commit"));
          decide(request);
          return response(request);
        });
  }

  private void pause(Duration delay) {
    try {
      time.sleep(delay);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure(Failure.Kind.UNAVAILABLE, "the switch stops", e);
    }
  }

  /** What the commit extension asks for, if it is there; otherwise a change that lasts. */
  private void decide(SetRequest request) {
    Optional<Commit> commit =
        request.getExtensionList().stream()
            .filter(Extension::hasCommit)
            .map(Extension::getCommit)
            .findFirst();
    Datastores.Commit lasting = Datastores.Commit.LASTING;
    switch (commit.map(Commit::getActionCase).orElse(Commit.ActionCase.ACTION_NOT_SET)) {
      case COMMIT -> stores.write(running -> changed(running, request), waiting(commit.get()));
      case CONFIRM ->
          stores.write(
              running -> running, new Datastores.Commit(Duration.ZERO, "", commit.get().getId()));
      case CANCEL -> stores.cancel(commit.get().getId());
      case SET_ROLLBACK_DURATION ->
          throw new Failure(Failure.Kind.UNSUPPORTED, "the time of a commit cannot be changed");
      case ACTION_NOT_SET -> stores.write(running -> changed(running, request), lasting);
    }
  }

  private static Datastores.Commit waiting(Commit commit) {
    com.google.protobuf.Duration given = commit.getCommit().getRollbackDuration();
    Duration rollback =
        commit.getCommit().hasRollbackDuration()
            ? Duration.ofSeconds(given.getSeconds(), given.getNanos())
            : ROLLBACK;
    if (commit.getId().isEmpty() || !rollback.isPositive()) {
      throw new Failure(Failure.Kind.INVALID, "a commit needs an id and a time above zero");
    }
    return new Datastores.Commit(rollback, commit.getId(), "");
  }

  /** Deletes come first, then replaces, then updates, whatever their order on the wire. */
  private Data changed(Data running, SetRequest request) {
    if (request.getUnionReplaceCount() > 0) {
      throw new Failure(Failure.Kind.UNSUPPORTED, "union_replace is not known");
    }
    Data tree = running;
    for (Path path : request.getDeleteList()) {
      tree = editable(tree, request, path).change(tree, gone -> Optional.empty());
    }
    for (Update replace : request.getReplaceList()) {
      tree = put(tree, request, replace, false);
    }
    for (Update update : request.getUpdateList()) {
      tree = put(tree, request, update, true);
    }
    return tree;
  }

  private Data put(Data tree, SetRequest request, Update update, boolean merge) {
    JsonNode value = parsed(update.getVal());
    return editable(tree, request, update.getPath())
        .change(tree, now -> Optional.of(DataJson.read(now, value, merge)));
  }

  private static TreePath editable(Data tree, SetRequest request, Path path) {
    TreePath place = TreePath.of(tree.schema(), request.getPrefix(), path);
    if (!place.isEditable()) {
      throw new Failure(Failure.Kind.INVALID, "that is state, it cannot be changed: " + path);
    }
    return place;
  }

  private static JsonNode parsed(TypedValue value) {
    if (!value.hasJsonIetfVal()) {
      throw new Failure(
          Failure.Kind.UNSUPPORTED, "only JSON_IETF is known, not " + value.getValueCase());
    }
    try {
      return Json.read(value.getJsonIetfVal().toStringUtf8(), JsonNode.class);
    } catch (Failure e) {
      throw new Failure(Failure.Kind.INVALID, Failure.text(e), e);
    }
  }

  private SetResponse response(SetRequest request) {
    SetResponse.Builder response =
        SetResponse.newBuilder().setPrefix(request.getPrefix()).setTimestamp(now());
    request.getDeleteList().forEach(path -> response.addResponse(result(path, "DELETE")));
    request
        .getReplaceList()
        .forEach(update -> response.addResponse(result(update.getPath(), "REPLACE")));
    request
        .getUpdateList()
        .forEach(update -> response.addResponse(result(update.getPath(), "UPDATE")));
    return response.build();
  }

  private static UpdateResult result(Path path, String operation) {
    return UpdateResult.newBuilder()
        .setPath(path)
        .setOp(UpdateResult.Operation.valueOf(operation))
        .build();
  }

  @Override
  public StreamObserver<SubscribeRequest> subscribe(StreamObserver<SubscribeResponse> observer) {
    return new Subscriber(
        (ServerCallStreamObserver<SubscribeResponse>) observer, device, stores, time);
  }

  private <R> void answer(StreamObserver<R> observer, Supplier<R> handler) {
    Calls.answer(
        observer,
        () -> {
          try {
            return handler.get();
          } catch (RpcError.Refusal e) {
            throw refused(e);
          }
        });
  }

  private static Failure refused(RpcError.Refusal refusal) {
    RpcError first = refusal.errors().getFirst();
    Failure.Kind kind =
        switch (first.tag()) {
          case IN_USE, LOCK_DENIED, OPERATION_FAILED, DATA_EXISTS -> Failure.Kind.CONFLICT;
          case UNKNOWN_ELEMENT, UNKNOWN_NAMESPACE -> Failure.Kind.NOT_FOUND;
          case OPERATION_NOT_SUPPORTED -> Failure.Kind.UNSUPPORTED;
          default -> Failure.Kind.INVALID;
        };
    return new Failure(kind, first.path() + ": " + first.message(), refusal);
  }
}
