package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * One hop of the mesh on a real unix socket, for tests: it passes on to the next one, or answers if
 * there is none, and keeps the ids of the connections it has.
 */
public final class Hop implements AutoCloseable {
  private final Stack stack = new Stack();

  /** What this hop has. */
  public final Set<String> has = new ConcurrentSkipListSet<>();

  /** Where it listens. */
  public final Url url;

  /** The connections of this hop. */
  public final Sessions sessions;

  static final int STREAMS_MAX = 8;

  /** What it says of them. */
  public final Announce announce =
      new Announce(STREAMS_MAX, connection -> this.cut.contains(connection.getId()));

  /** The ids of those that stand and carry nothing; whoever changes it has it reviewed. */
  final Set<String> cut = new ConcurrentSkipListSet<>();

  private volatile Optional<RuntimeException> refusal = Optional.empty();
  private volatile Runnable delay = () -> {};

  /** A hop with the given name and token lifetime that passes on to {@code next}. */
  public Hop(String name, Path folder, Duration lifetime, Optional<Url> next) {
    this(name, folder, lifetime, next, Sessions.inMemory(Time.system()));
  }

  Hop(String name, Path folder, Duration lifetime, Optional<Url> next, Sessions sessions) {
    Time time = Time.system();
    Tokens tokens = Tokens.selfSigned("spiffe://test/" + name, lifetime, time);
    this.sessions = sessions;
    this.url = Url.parse("unix://" + folder.resolve(name + ".sock"));
    Channels channels = stack.push(new Channels());
    List<Link> links =
        new ArrayList<>(
            List.of(
                new Authorize(Policies.NONE),
                sessions,
                new Expire(time, Duration.ofSeconds(1)),
                announce,
                this::hold));
    stack.push(sessions::leave);
    if (next.isPresent()) {
      Dial dial = new Dial(channels, tokens, time);
      links.add(new Follow(sessions, dial, time, announce::relay));
      links.add((call, on) -> on.request(call.towards(next.get())));
      links.add(dial);
    } else {
      links.add((call, on) -> Paths.end(call.connection()));
    }
    Chain chain = Chain.of(links);
    stack.push(
        GrpcServer.start(
            List.of(url),
            List.of(
                new MeshServer(name, chain, sessions, tokens, time),
                announce.service(new AuthorizeWatch(Policies.NONE, tokens)))));
  }

  private Connection hold(Call call, Handler next) {
    String id = call.connection().getId();
    call.session()
        .hold(
            Key.<String>soft("has"),
            () -> {
              has.add(id);
              return id;
            },
            has::remove);
    delay.run();
    refusal.ifPresent(failure -> {
      throw failure;
    });
    return next.request(call);
  }

  /** From now on does this before it agrees. */
  public void delay(Runnable before) {
    delay = before;
  }

  /** From now on refuses with this. */
  public void refuse(RuntimeException failure) {
    refusal = Optional.of(failure);
  }

  @Override
  public void close() {
    stack.close();
  }
}
