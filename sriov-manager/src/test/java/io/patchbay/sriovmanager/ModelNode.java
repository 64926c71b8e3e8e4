package io.patchbay.sriovmanager;

import io.grpc.stub.StreamObserver;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.api.connection.State;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.InUse;
import io.patchbay.api.vf.ReleaseRequest;
import io.patchbay.api.vf.ReserveRequest;
import io.patchbay.api.vf.ReserveResponse;
import io.patchbay.api.vf.Use;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Journal;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Connections;
import io.patchbay.mesh.Expire;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.Key;
import io.patchbay.mesh.Sessions;
import io.patchbay.sockets.Statuses;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The manager's real parts on one thread, over a {@link FakeMachine} and two {@link FakeDisk}s, as
 * they are after any number of kills.
 */
final class ModelNode implements AutoCloseable {
  private static final Key<String> AHEAD = Key.soft("next hop");
  private static final Stock.Pace ONCE =
      new Stock.Pace(Duration.ofDays(1), Duration.ofDays(1), Duration.ofSeconds(30));
  static final Duration DAMPING = Duration.ofSeconds(2);
  static final SriovConfig CONFIG =
      SriovConfigTest.parse(
          """
          physicalFunctions:
            "0000:3b:00.0": {pfKernelDriver: ice, vfKernelDriver: iavf, capabilities: [100g, ptp],
              serviceDomains: [example.com, lab.example.org]}
            "0000:5e:00.0": {pfKernelDriver: ice, vfKernelDriver: iavf, capabilities: [100g, ptp],
              serviceDomains: [example.com, lab.example.org]}
          """);

  final FakeTime time = new FakeTime();
  final FakeMachine machine = new FakeMachine();

  /** The VLAN that the next hop answers with; below zero it refuses. */
  int vlan = 100;

  /** Whether the next hop is away when it is to be told of an end. */
  boolean deaf;

  /** How VFs are set while a connection has them. */
  VfOptions options = VfOptions.NONE;

  /** What device-plugin was told last. */
  Catalog seen = Catalog.getDefaultInstance();

  Life life = new Life();
  Ledger ledger;
  Stock stock;
  Sessions sessions;
  Homecoming homecoming;
  private final FakeDisk ledgerDisk;
  private final FakeDisk sessionDisk;
  private VirtualFunctionsService service;
  private Chain chain;
  private Runnable unfollow = () -> {};

  /**
   * @param tear says where the lines of killed processes are torn
   * @param weight what a byte of a journal counts for: at four MiB it replaces itself
   */
  ModelNode(Random tear, long weight) {
    ledgerDisk = new FakeDisk(tear, weight);
    sessionDisk = new FakeDisk(tear, weight);
    start();
  }

  private void start() {
    ledger = Ledger.open(Journal.open(ledgerDisk.open(life)), time, Patience.USUAL, "boot-1");
    Hardware hardware = machine.seenBy(life);
    stock = new Stock(CONFIG, hardware, ledger, () -> new Damping(time, DAMPING), ONCE);
    stock.start();
    follow();
    sessions = Sessions.durable(time, Journal.open(sessionDisk.open(life)));
    homecoming = new Homecoming(ledger, hardware, time);
    NodeOffer offer = new NodeOffer("node-1", CONFIG::names, unused -> options);
    chain =
        Chain.of(
            List.of(
                sessions,
                new Expire(time, Duration.ofSeconds(5)),
                new HoldVf(
                    ledger, hardware, homecoming, machine::lives, offer, ClientPod::labelled),
                new Attach(ledger, hardware),
                new Tag(ledger, hardware),
                this::next));
    service = new VirtualFunctionsService(stock, ledger, hardware);
    homecoming.endLeftOver(sessions, Runnable::run);
  }

  private Connection next(Call call, Handler last) {
    if (vlan < 0) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "the next hop is away");
    }
    var unused = call.session().hold(AHEAD, () -> "", told -> tellEnd());
    Call ahead =
        call.edit(connection ->
            call.preferences().stream()
                .findFirst()
                .map(connection::setMechanism)
                .orElse(connection));
    return Node.answered(ahead.connection(), vlan);
  }

  private void tellEnd() {
    if (deaf) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "the next hop is away");
    }
  }

  /**
   * The process is killed, if it has not been, and another one starts.
   *
   * @param boundaries after so many the next one is killed, too, and then one starts that is not
   */
  void restart(int boundaries) {
    life.end();
    for (int left = boundaries; life.over(); left = Integer.MAX_VALUE) {
      sessions.leave(); // its timers are gone with it
      try {
        close();
        life = new Life();
        life.endAfter(left);
        start();
      } catch (Life.Killed again) {
        life.end();
      }
    }
  }

  /** Ends the threads that look at the PFs. */
  @Override
  public void close() {
    try {
      stock.close();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A device-plugin starts to follow the catalog. */
  void follow() {
    unfollow.run();
    unfollow = stock.catalog().follow(catalog -> seen = catalog);
  }

  /** What a process that started now would know. */
  Ledger replayed() {
    Journal copy = Journal.open(ledgerDisk.copy().open(new Life()));
    return Ledger.open(copy, time, Patience.USUAL, "boot-1");
  }

  // ---- what others do ----

  /** As device-plugin asks; the token. */
  String reserve(ResourceName name, FakeMachine.Vf vf) {
    ReserveRequest request =
        ReserveRequest.newBuilder()
            .setResourceName(name.toString())
            .addPciAddresses(vf.text)
            .build();
    ReserveResponse response = answer(request, service::reserve);
    return response.getGrants(0).getToken();
  }

  /** As device-plugin asks for a resource claim; the token. */
  String reserve(ResourceName name, FakeMachine.Vf vf, String claim) {
    ReserveRequest request =
        ReserveRequest.newBuilder()
            .setResourceName(name.toString())
            .addPciAddresses(vf.text)
            .setResourceClaim(claim)
            .setPodName("cnf-1")
            .build();
    ReserveResponse response = answer(request, service::reserve);
    return response.getGrants(0).getToken();
  }

  /** A resource claim has ended. */
  void release(String claim) {
    var unused =
        answer(ReleaseRequest.newBuilder().setResourceClaim(claim).build(), service::release);
  }

  void release(FakeMachine.Vf vf) {
    ReleaseRequest request = ReleaseRequest.newBuilder().addPciAddresses(vf.text).build();
    var unused = answer(request, service::release);
  }

  void report(List<Use> uses, boolean settling) {
    InUse request = InUse.newBuilder().addAllUses(uses).setSettling(settling).build();
    var unused = answer(request, service::reportInUse);
  }

  private static <Q, A> A answer(Q request, BiConsumer<Q, StreamObserver<A>> method) {
    Answer<A> answer = new Answer<>();
    method.accept(request, answer);
    if (answer.failure != null) {
      throw Statuses.toFailure("a call", answer.failure);
    }
    return Objects.requireNonNull(answer.value);
  }

  /** What a unary call comes to. */
  private static final class Answer<A> implements StreamObserver<A> {
    private @Nullable A value;
    private @Nullable Throwable failure;

    @Override
    public void onNext(A next) {
      value = next;
    }

    @Override
    public void onError(Throwable error) {
      failure = error;
    }

    @Override
    public void onCompleted() {}
  }

  /** A client asks, or asks again. It does not wait for anybody. */
  Connection request(ModelPod pod, String id, String token) {
    return request(pod, id, token, State.UP);
  }

  /** The same; in state RESELECT_REQUESTED all starts over. */
  Connection request(ModelPod pod, String id, String token, State state) {
    Mechanism kernel =
        new KernelParameters(
                Optional.of(pod.namespace()),
                Optional.of(id.substring(id.indexOf('-') + 1)),
                Optional.of(token).filter(text -> !text.isEmpty()))
            .mechanism();
    Connection asked =
        Connections.arrived(id, time).toBuilder()
            .setState(state)
            .setNetworkService("svc@" + pod.name().domain().text())
            .putLabels("sriovToken", pod.name().toString())
            .putLabels("podName", pod.id())
            .putLabels("podNamespace", "default")
            .build();
    return chain.request(Call.of(asked, List.of(kernel), new Cause.Asked(), time.now()));
  }

  /** Whatever should be at home goes there. */
  void sendHome() {
    homecoming.look(sessions, Runnable::run);
  }
}
