package io.patchbay.mesh.registry;

import static io.patchbay.mesh.registry.Entries.endpoint;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class WatchedRegistryTest {
  private static final Duration LIFETIME = Duration.ofMinutes(1);

  private final FakeTime time = new FakeTime();
  private final Distant source = new Distant(time);
  private final WatchedRegistry<NetworkServiceEndpoint> watched =
      new WatchedRegistry<>(source, time);

  /** A registry that counts the questions, and whose news can be held up or lost. */
  private static final class Distant implements Registry<NetworkServiceEndpoint> {
    final Registry<NetworkServiceEndpoint> memory;
    final List<Consumer<Change<NetworkServiceEndpoint>>> listeners = new ArrayList<>();
    final List<Change<NetworkServiceEndpoint>> heldUp = new ArrayList<>();
    boolean slow;
    int asked;
    int open;

    Distant(FakeTime time) {
      memory = new MemoryRegistry<>(Kind.ENDPOINTS, time, LIFETIME);
    }

    @Override
    public Kind<NetworkServiceEndpoint> kind() {
      return Kind.ENDPOINTS;
    }

    @Override
    public NetworkServiceEndpoint register(NetworkServiceEndpoint entry) {
      return memory.register(entry);
    }

    @Override
    public void unregister(NetworkServiceEndpoint entry) {
      memory.unregister(entry);
    }

    @Override
    public List<NetworkServiceEndpoint> find(NetworkServiceEndpoint query) {
      asked++;
      return memory.find(query);
    }

    @Override
    public Subscription watch(
        NetworkServiceEndpoint query, Consumer<Change<NetworkServiceEndpoint>> listener) {
      open++;
      listeners.add(listener);
      Subscription inner =
          memory.watch(
              query,
              change -> {
                if (slow) {
                  heldUp.add(change);
                } else {
                  listener.accept(change);
                }
              });
      return () -> {
        open--;
        inner.close();
      };
    }

    void tellAll(Change<NetworkServiceEndpoint> change) {
      listeners.forEach(listener -> listener.accept(change));
    }
  }

  private static NetworkServiceEndpoint of(String service) {
    return NetworkServiceEndpoint.newBuilder().addNetworkServiceNames(service).build();
  }

  private static NetworkServiceEndpoint named(String name) {
    return Kind.ENDPOINTS.named(name);
  }

  private Set<String> find(NetworkServiceEndpoint query) {
    Set<String> names = new TreeSet<>();
    watched.find(query).forEach(entry -> names.add(entry.getName()));
    return names;
  }

  private void register(String name) {
    var unused = source.register(endpoint(name, "tcp://" + name, "s"));
  }

  @Test
  void asksOnceAndThenAnswersFromWhatItIsTold() {
    register("a");
    assertEquals(Set.of("a"), find(of("s")));
    register("b");
    assertEquals(Set.of("a", "b"), find(of("s")));
    assertEquals("tcp://b", watched.find(of("s")).getLast().getUrl());
    assertEquals(1, source.asked);
    assertEquals(1, source.open);
  }

  @Test
  void isNotSureBeforeTheWatchToldAllThatAnAnswerContained() {
    register("a");
    source.slow = true;
    assertEquals(Set.of("a"), find(of("s")));
    register("b");
    source.tellAll(source.heldUp.getFirst());
    assertEquals(Set.of("a", "b"), find(of("s")), "b's news is on its way");
    source.tellAll(source.heldUp.getLast());
    assertEquals(Set.of("a", "b"), find(of("s")));
    assertEquals(3, source.asked);
    assertEquals(Set.of("a", "b"), find(of("s")));
    assertEquals(3, source.asked);
  }

  @Test
  void whatHasGoneIsForgottenAndTheRestAskedForOnce() {
    register("a");
    register("b");
    find(of("s"));
    source.unregister(named("a"));
    assertEquals(Set.of("b"), find(of("s")));
    assertEquals(2, source.asked);
    assertEquals(Set.of("b"), find(of("s")));
    assertEquals(2, source.asked);
  }

  @Test
  void whatIsUnregisteredHereHasGoneBeforeTheNewsComes() {
    register("a");
    find(of("s"));
    source.slow = true;
    watched.unregister(named("a"));
    assertEquals(Set.of(), find(of("s")));
  }

  @Test
  void logsNameWhatIsWatched() {
    assertEquals(source.toString(), watched.toString());
  }

  @Test
  void nothingIsAnsweredPastItsExpiry() {
    register("a");
    find(of("s"));
    source.slow = true;
    time.advance(LIFETIME.minusMillis(1));
    assertEquals(Set.of("a"), find(of("s")));
    assertEquals(1, source.asked);
    time.advance(Duration.ofMillis(1));
    assertEquals(Set.of(), find(of("s")));
    assertEquals(2, source.asked);
  }

  @Test
  void aRefreshedEntryLivesOn() {
    register("a");
    find(of("s"));
    time.advance(LIFETIME.dividedBy(2));
    register("a");
    time.advance(LIFETIME.dividedBy(2));
    assertEquals(Set.of("a"), find(of("s")));
    assertEquals(1, source.asked);
  }

  @Test
  void whileTheWatchIsLostAllIsAsked() {
    register("a");
    register("b");
    find(of("s"));
    source.tellAll(new Change.Lost<>(new Failure(Failure.Kind.UNAVAILABLE, "gone")));
    source.slow = true;
    source.unregister(named("a"));
    source.heldUp.clear(); // nobody tells of it
    assertEquals(Set.of("b"), find(of("s")));
    assertEquals(Set.of("b"), find(of("s")));
    assertEquals(3, source.asked);
    source.tellAll(new Change.Present<>(source.memory.find(named("b")).getFirst()));
    find(of("s"));
    assertEquals(Set.of("b"), find(of("s")));
    assertEquals(4, source.asked);
  }

  @Test
  void aNameThatIsNotThereIsAskedForEachTime() {
    register("ab"); // matches a query for "a", which is not its name
    find(named("a"));
    source.slow = true;
    register("a");
    assertEquals(Set.of("a", "ab"), find(named("a")), "just registered, the news on its way");
    assertEquals(2, source.asked);
  }

  @Test
  void aQueryForEverythingIsPassedOn() {
    register("a");
    find(NetworkServiceEndpoint.getDefaultInstance());
    find(NetworkServiceEndpoint.getDefaultInstance());
    assertEquals(2, source.asked);
    assertEquals(0, source.open);
  }

  @Test
  void moreQueriesThanThereIsRoomForArePassedOnUntilOneIsUnused() {
    for (int i = 0; i < WatchedRegistry.QUERIES_MAX; i++) {
      find(of("s" + i));
    }
    register("a");
    find(of("s"));
    assertEquals(WatchedRegistry.QUERIES_MAX, source.open);
    time.advance(WatchedRegistry.UNUSED);
    register("a");
    find(of("s"));
    assertEquals(WatchedRegistry.QUERIES_MAX, source.open);
    int asked = source.asked;
    assertEquals(Set.of("a"), find(of("s")));
    assertEquals(asked, source.asked);
  }

  @Test
  void moreEntriesThanAreRememberedAreAskedForEachTime() {
    for (int i = 0; i <= WatchedRegistry.ENTRIES_MAX; i++) {
      register("e" + i);
    }
    assertEquals(WatchedRegistry.ENTRIES_MAX + 1, find(of("s")).size());
    assertEquals(WatchedRegistry.ENTRIES_MAX + 1, find(of("s")).size());
    assertEquals(2, source.asked);
  }

  @Test
  void closedItWatchesNothingAndPassesOn() {
    register("a");
    find(of("s"));
    watched.close();
    assertEquals(0, source.open);
    assertEquals(Set.of("a"), find(of("s")));
    assertEquals(2, source.asked);
    assertEquals(0, source.open);
  }
}
