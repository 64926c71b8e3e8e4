package io.patchbay.bench;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.Authorize;
import io.patchbay.mesh.AuthorizeAnswer;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.MeshServer;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.Sessions;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A client, a hop that does nothing but pass on, and an endpoint that answers at once, over unix
 * sockets: what is left of a request when nothing is done for it. All are in this process. Safe for
 * all threads.
 */
final class NullHop implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final Stack opened = new Stack();
  private final Time time;
  private final Party client;
  private final Party hop;
  private final Sessions sessions;
  private final Chain chain;

  /** The client's tokens that the hop was given. */
  private final Set<String> arrived = ConcurrentHashMap.newKeySet();

  /**
   * @param folder for the sockets
   * @param parties who they are
   */
  NullHop(Path folder, Party.Maker parties, Time time) {
    this.time = time;
    this.client = opened.push(parties.make("client", time));
    this.hop = opened.push(parties.make("hop", time));
    Party endpoint = opened.push(parties.make("endpoint", time));
    Url end = new Url("unix", folder.resolve("e.sock").toString());
    Url middle = new Url("unix", folder.resolve("h.sock").toString());
    serve(endpoint, end, List.of((call, next) -> Paths.end(call.connection())));
    serve(hop, middle, List.of(this::note, towards(end), hop.dial()));
    this.sessions = Sessions.inMemory(time);
    this.chain =
        Chain.of(
            List.of(
                sessions, towards(middle), new AuthorizeAnswer(client.answers()), client.dial()));
  }

  private void serve(Party party, Url url, List<Link> links) {
    Sessions held = Sessions.inMemory(time);
    List<Link> first = List.of(new Authorize(party.requests()), held);
    Chain served = Chain.of(Stream.concat(first.stream(), links.stream()).toList());
    MeshServer server = new MeshServer(party.name(), served, held, party.tokens(), time);
    opened.push(GrpcServer.start(List.of(url), List.of(server), party.security()));
  }

  private static Link towards(Url url) {
    return (call, next) -> next.request(call.towards(url));
  }

  private Connection note(Call call, Handler next) {
    arrived.add(call.connection().getPath().getPathSegments(0).getToken());
    return next.request(call);
  }

  /** Asks for a new connection. */
  void request(String id) {
    Connection wanted = Connection.newBuilder().setId(id).setNetworkService("null").build();
    Connection first =
        Paths.withOwnToken(
            Paths.arrive(wanted, client.name()), client.tokens().issue(Optional.empty()));
    var unused =
        chain.request(Call.of(first, List.of(), new Cause.Asked(), time.now().plus(PATIENCE)));
  }

  /** Asks for the same again. */
  void refresh(String id) {
    sessions.find(id).orElseThrow().again(new Cause.Refresh(), PATIENCE);
  }

  /** Takes it away. */
  void disconnect(String id) {
    sessions.close(id);
  }

  /** How many different tokens of the client the hop was given. */
  int tokensArrived() {
    return arrived.size();
  }

  /** How often the hop verified a token's signature. */
  long verified() {
    return hop.known().misses();
  }

  /** How often the hop knew already that a token's signature is right. */
  long remembered() {
    return hop.known().hits();
  }

  @Override
  public void close() {
    opened.close();
  }
}
