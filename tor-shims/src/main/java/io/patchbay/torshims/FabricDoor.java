package io.patchbay.torshims;

import io.grpc.stub.StreamObserver;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.api.fabric.Claim;
import io.patchbay.api.fabric.DiffRequest;
import io.patchbay.api.fabric.Event;
import io.patchbay.api.fabric.FabricDiff;
import io.patchbay.api.fabric.FabricGrpc.FabricImplBase;
import io.patchbay.api.fabric.FabricHistory;
import io.patchbay.api.fabric.FabricState;
import io.patchbay.api.fabric.FabricTrial;
import io.patchbay.api.fabric.GetRequest;
import io.patchbay.api.fabric.HistoryRequest;
import io.patchbay.api.fabric.PortDiff;
import io.patchbay.api.fabric.PortState;
import io.patchbay.api.fabric.PortTrial;
import io.patchbay.api.fabric.SwitchDiff;
import io.patchbay.api.fabric.SwitchState;
import io.patchbay.api.fabric.TryRequest;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.Session;
import io.patchbay.mesh.Sessions;
import io.patchbay.mesh.VlanParameters;
import io.patchbay.sockets.Statuses;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/** Tells whoever may open its socket what the shim does to its switches, and what they have. */
final class FabricDoor extends FabricImplBase {
  private static final Duration PATIENCE = Duration.ofSeconds(25);
  private static final int EVENTS_MOST = 5000;

  private final Collection<SwitchWriter> writers;
  private final Sessions sessions;
  private final History history;
  private final Trial trial;

  FabricDoor(Map<String, SwitchWriter> writers, Sessions sessions, History history, Trial trial) {
    this.writers = List.copyOf(new TreeMap<>(writers).values());
    this.sessions = sessions;
    this.history = history;
    this.trial = trial;
  }

  private static <A> void answer(StreamObserver<A> observer, Supplier<A> answer) {
    try {
      observer.onNext(answer.get());
      observer.onCompleted();
    } catch (RuntimeException e) {
      observer.onError(Statuses.toStatus(e));
    }
  }

  @Override
  public void get(GetRequest request, StreamObserver<FabricState> observer) {
    answer(
        observer,
        () -> {
          FabricState.Builder state = FabricState.newBuilder();
          writers.forEach(writer -> state.addSwitches(state(writer.view())));
          return state.build();
        });
  }

  private SwitchState state(SwitchView view) {
    SwitchState.Builder state =
        SwitchState.newBuilder()
            .setName(view.name())
            .setWaiting(view.waiting())
            .setUnread(view.unread())
            .setCommits(view.numbers().commits())
            .setChanges(view.numbers().changes())
            .setRepairedPorts(view.numbers().repairedPorts())
            .setFailures(view.numbers().failures())
            .setCommitMillis(view.numbers().commitMillis());
    for (SwitchView.Port port : view.ports()) {
      PortState.Builder told =
          PortState.newBuilder()
              .setName(port.name())
              .setWanted(port.wanted())
              .setFormer(port.former())
              .setSettled(port.unsettled().isEmpty())
              .setReason(port.unsettled().orElse(""))
              .setLink(port.link());
      port.claims().forEach(claim -> told.addClaims(claim(claim)));
      state.addPorts(told);
    }
    return state.build();
  }

  private Claim claim(SwitchView.Claimed claimed) {
    Claim.Builder claim =
        Claim.newBuilder()
            .setConnectionId(claimed.connection())
            .setVlan(claimed.vlan())
            .setSinceMillis(claimed.since().toEpochMilli());
    sessions
        .find(claimed.connection())
        .map(Session::connection)
        .ifPresent(connection -> describe(connection, claim));
    return claim.build();
  }

  private static void describe(Connection connection, Claim.Builder claim) {
    claim.setService(connection.getNetworkService());
    claim.setClient(
        Paths.client(connection)
            .or(() ->
                connection.getPath().getPathSegmentsList().stream()
                    .findFirst()
                    .map(PathSegment::getName))
            .orElse(""));
    VlanParameters.of(connection.getMechanism())
        .flatMap(VlanParameters::function)
        .ifPresent(vf -> claim.setNode(vf.node()).setPciAddress(vf.pciAddress()));
  }

  @Override
  public void diff(DiffRequest request, StreamObserver<FabricDiff> observer) {
    answer(
        observer,
        () -> {
          FabricDiff.Builder diff = FabricDiff.newBuilder();
          List<Future<SwitchDiff>> asked;
          try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            asked = writers.stream().map(writer -> threads.submit(() -> diff(writer))).toList();
          } // which waits for all of them
          asked.forEach(one -> diff.addSwitches(one.resultNow()));
          return diff.build();
        });
  }

  private static SwitchDiff diff(SwitchWriter writer) {
    SwitchView view = writer.view();
    SwitchDiff.Builder diff = SwitchDiff.newBuilder().setName(view.name());
    try {
      writer
          .compare(PATIENCE)
          .forEach((port, difference) ->
              diff.addPorts(
                  PortDiff.newBuilder()
                      .setName(port)
                      .setWanted(difference.wanted().toString())
                      .setRunning(difference.running().meaning().toString())
                      .setSame(difference.same())));
    } catch (Failure e) {
      diff.setFailure(Failure.text(e));
      view.ports()
          .forEach(port ->
              diff.addPorts(PortDiff.newBuilder().setName(port.name()).setWanted(port.wanted())));
    }
    return diff.build();
  }

  @Override
  public void try_(TryRequest request, StreamObserver<FabricTrial> observer) {
    answer(
        observer,
        () -> {
          FabricTrial.Builder told = FabricTrial.newBuilder();
          Trial.Question question =
              new Trial.Question(
                  request.getService(), request.getSwitchName(), request.getCapability());
          for (Trial.Verdict verdict : trial.run(question, PATIENCE)) {
            told.addPorts(
                PortTrial.newBuilder()
                    .setSwitchName(verdict.claim().switchName())
                    .setPort(verdict.claim().port())
                    .setService(verdict.service())
                    .setVlan(verdict.claim().vlan())
                    .setTaken(verdict.objection().isEmpty())
                    .setReason(verdict.objection().orElse("")));
          }
          return told.build();
        });
  }

  @Override
  public void history(HistoryRequest request, StreamObserver<FabricHistory> observer) {
    answer(
        observer,
        () -> {
          int asked = request.getMost();
          int most = asked <= 0 || asked > EVENTS_MOST ? EVENTS_MOST : asked;
          FabricHistory.Builder told = FabricHistory.newBuilder();
          history
              .latest(request.getSwitchName(), most)
              .forEach(event -> told.addEvents(event(event)));
          return told.build();
        });
  }

  private static Event event(History.Event event) {
    return Event.newBuilder()
        .setAtMillis(Instant.parse(event.at()).toEpochMilli())
        .setSwitchName(event.switchName())
        .setPort(event.port())
        .setCause(event.cause())
        .addAllConnectionIds(event.connections())
        .setBefore(event.before())
        .setAfter(event.after())
        .setResult(event.result())
        .build();
  }
}
