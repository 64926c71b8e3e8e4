package io.patchbay.torshims.gnmi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.gnmi.Notification;
import io.patchbay.api.gnmi.Path;
import io.patchbay.api.gnmi.SubscribeRequest;
import io.patchbay.api.gnmi.SubscribeResponse;
import io.patchbay.api.gnmi.Subscription;
import io.patchbay.api.gnmi.SubscriptionMode;
import io.patchbay.api.gnmi.TypedValue;
import io.patchbay.api.gnmi.Update;
import io.patchbay.api.gnmi.gNMIGrpc;
import io.patchbay.api.gnmi.gNMIGrpc.gNMIImplBase;
import io.patchbay.base.Await;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.base.Url;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Streams of a switch that may refuse to tell of some paths, and lets streams break. */
@Timeout(60)
class GnmiStreamTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Path LINK = GnmiState.path("Ethernet1");
  private static final Path VLANS = new GnmiPort(Set.of()).path("Ethernet1");

  @TempDir private java.nio.file.Path folder;
  private final Stack opened = new Stack();
  private final FakeTime time = new FakeTime();
  private final Teller teller = new Teller();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private Channels channels;
  private Url url;

  /** The switch. */
  private static final class Teller extends gNMIImplBase {
    private final List<Set<Path>> asked = new CopyOnWriteArrayList<>();
    private final List<StreamObserver<SubscribeResponse>> told = new CopyOnWriteArrayList<>();
    private final List<SubscriptionMode> modes = new CopyOnWriteArrayList<>();
    private volatile Status refusal = Status.OK;
    private volatile boolean samples;

    @Override
    public StreamObserver<SubscribeRequest> subscribe(StreamObserver<SubscribeResponse> observer) {
      return new StreamObserver<>() {
        @Override
        public void onNext(SubscribeRequest request) {
          Set<Path> paths = new HashSet<>();
          for (Subscription each : request.getSubscribe().getSubscriptionList()) {
            paths.add(each.getPath());
          }
          Subscription first = request.getSubscribe().getSubscription(0);
          boolean sampled = first.getMode() == SubscriptionMode.SAMPLE;
          if (sampled) {
            assertEquals(GnmiStream.SAMPLING.toNanos(), first.getSampleInterval());
            assertTrue(first.getSuppressRedundant());
          }
          modes.add(first.getMode());
          if (paths.contains(VLANS) && !refusal.isOk() && !(sampled && samples)) {
            asked.add(paths);
            observer.onError(refusal.asRuntimeException());
          } else {
            told.add(observer);
            asked.add(paths);
          }
        }

        @Override
        public void onError(Throwable problem) {}

        @Override
        public void onCompleted() {}
      };
    }

    void tell(int stream, Path path) {
      Notification news = Notification.newBuilder().addDelete(path).build();
      told.get(stream).onNext(SubscribeResponse.newBuilder().setUpdate(news).build());
    }

    void tell(int stream, Path path, String value) {
      TypedValue said = TypedValue.newBuilder().setStringVal(value).build();
      Notification news =
          Notification.newBuilder()
              .addUpdate(Update.newBuilder().setPath(path).setVal(said))
              .build();
      told.get(stream).onNext(SubscribeResponse.newBuilder().setUpdate(news).build());
    }

    void inStep(int stream) {
      told.get(stream).onNext(SubscribeResponse.newBuilder().setSyncResponse(true).build());
    }
  }

  @BeforeEach
  void start() {
    url = Url.parse("unix://" + folder.resolve("gnmi.sock"));
    opened.push(GrpcServer.start(List.of(url), List.of(teller)));
    channels = opened.push(new Channels());
  }

  @AfterEach
  void stop() {
    opened.close();
  }

  private GnmiStream stream(String name) {
    GnmiStream.Listener listener =
        new GnmiStream.Listener() {
          @Override
          public void hear(Notification news, boolean inStep) {
            heard.add(name + (inStep ? " news" : " had"));
          }

          @Override
          public void inStep() {
            heard.add(name + " in step");
          }
        };
    return opened.push(new GnmiStream("switch tor-1: " + name, time, () -> listener));
  }

  private void follow(GnmiStream stream, Path... paths) {
    stream.follow(Set.of(paths), () -> gNMIGrpc.newStub(channels.to(url)));
  }

  private void awaitAsked(int times) {
    Await.until("it is asked", PATIENCE, () -> teller.asked.size() == times);
  }

  @Test
  void whatIsThereAndWhatIsNewAreToldApart() {
    GnmiStream stream = stream("a");
    follow(stream, LINK);
    awaitAsked(1);
    teller.tell(0, LINK);
    teller.inStep(0);
    teller.inStep(0);
    teller.tell(0, LINK);
    List<String> all = List.of("a had", "a in step", "a news");
    Await.until("all is heard", PATIENCE, () -> heard.equals(all));
  }

  @Test
  void otherPathsAreAnotherStreamTheSameAreNot() {
    GnmiStream stream = stream("a");
    follow(stream, LINK);
    awaitAsked(1);
    follow(stream, LINK);
    follow(stream, LINK, VLANS);
    awaitAsked(2);
    follow(stream);
    follow(stream, LINK);
    awaitAsked(3);
    assertEquals(List.of(Set.of(LINK), Set.of(LINK, VLANS), Set.of(LINK)), teller.asked);
  }

  /** A switch that tells of links and not of what is configured. */
  @Test
  void aRefusalCostsNoOtherStreamAndIsNotAskedForAgain() {
    teller.refusal = Status.UNIMPLEMENTED.withDescription("no ON_CHANGE there");
    GnmiStream links = stream("links");
    GnmiStream ports = stream("ports");
    awaitAsked(ports, 2, VLANS);
    assertEquals(List.of(SubscriptionMode.ON_CHANGE, SubscriptionMode.SAMPLE), teller.modes);
    follow(links, LINK);
    awaitAsked(3);
    teller.inStep(0);
    for (int i = 1; i <= 10; i++) {
      int times = 1 + i;
      teller.tell(0, LINK);
      Await.until("links are told", PATIENCE, () -> heard.size() == times);
      follow(ports, VLANS);
    }
    follow(ports, VLANS, LINK);
    awaitAsked(4);
    assertEquals(
        List.of(Set.of(VLANS), Set.of(VLANS), Set.of(LINK), Set.of(VLANS, LINK)), teller.asked);
  }

  /** The port is not there yet, say, or the login is about to be another. */
  @Test
  void aRefusalThatIsNotOfTheModeSaysNothingOfIt() {
    teller.refusal = Status.NOT_FOUND;
    GnmiStream ports = stream("ports");
    follow(ports, VLANS);
    awaitAsked(1);
    teller.refusal = Status.OK;
    awaitAsked(ports, 2, VLANS, LINK);
    assertEquals(List.of(SubscriptionMode.ON_CHANGE, SubscriptionMode.ON_CHANGE), teller.modes);
  }

  /** As the next look does, and the one after it. */
  private void awaitAsked(GnmiStream stream, int times, Path... paths) {
    Await.until(
        "it is asked",
        PATIENCE,
        () -> {
          follow(stream, paths);
          return teller.asked.size() == times;
        });
  }

  /** What has not changed is no news, though it is told again. */
  @Test
  void aSwitchThatTellsNoChangesIsHeardBySamples() {
    teller.refusal = Status.INVALID_ARGUMENT.withDescription("no ON_CHANGE there");
    teller.samples = true;
    GnmiStream ports = stream("ports");
    awaitAsked(ports, 2, VLANS);
    teller.tell(0, VLANS, "as it was");
    teller.inStep(0);
    for (String value : List.of("as it was", "other", "other", "as it was", "as it was")) {
      teller.tell(0, VLANS, value);
    }
    teller.tell(0, VLANS);
    teller.tell(0, VLANS, "as it was");
    List<String> all =
        List.of(
            "ports had",
            "ports in step",
            "ports news", // other
            "ports news", // as it was
            "ports news", // gone
            "ports news"); // there again
    Await.until("all is heard", PATIENCE, () -> heard.size() >= all.size());
    assertEquals(all, heard);
  }

  /** It may have another build by then. */
  @Test
  void withTheNextConnectionItIsAskedForChangesAgain() {
    teller.refusal = Status.UNIMPLEMENTED;
    teller.samples = true;
    GnmiStream ports = stream("ports");
    awaitAsked(ports, 2, VLANS);
    follow(ports, VLANS, LINK);
    awaitAsked(3);
    ports.close();
    teller.refusal = Status.OK;
    follow(ports, VLANS);
    awaitAsked(4);
    assertEquals(
        List.of(
            SubscriptionMode.ON_CHANGE,
            SubscriptionMode.SAMPLE,
            SubscriptionMode.SAMPLE,
            SubscriptionMode.ON_CHANGE),
        teller.modes);
  }

  @Test
  void aStreamThatBreaksIsBegunAnewWithTheNextLook() {
    GnmiStream stream = stream("a");
    follow(stream, LINK);
    awaitAsked(1);
    teller.told.getFirst().onError(Status.UNAVAILABLE.asRuntimeException());
    Await.until(
        "it is begun anew",
        PATIENCE,
        () -> {
          time.advance(GnmiStream.PACE.most());
          follow(stream, LINK);
          return teller.asked.size() == 2;
        });
    teller.inStep(1);
    Await.until("it is heard", PATIENCE, () -> heard.contains("a in step"));
  }

  /** A look is every five seconds; a switch that cannot tell is not to be asked with each. */
  @Test
  void oneThatBreaksEachTimeIsBegunEverMoreSeldom() {
    teller.refusal = Status.INTERNAL.withDescription("out of order");
    GnmiStream stream = stream("a");
    for (int times = 1; times <= 12; times++) {
      int tries = times;
      Await.until(
          "it is tried again",
          PATIENCE,
          () -> {
            time.advance(Duration.ofSeconds(5));
            follow(stream, VLANS);
            return teller.asked.size() >= tries;
          });
    }
    Instant before = time.now();
    Await.until(
        "and again",
        PATIENCE,
        () -> {
          time.advance(Duration.ofSeconds(5));
          follow(stream, VLANS);
          return teller.asked.size() == 13;
        });
    Duration pause = Duration.between(before, time.now());
    assertTrue(pause.compareTo(Duration.ofMinutes(2)) > 0, pause::toString);
  }
}
