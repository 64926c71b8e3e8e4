package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.mesh.identity.Authority;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.identity.SpiffeId;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.GrpcServer;
import io.patchbay.sockets.Peer;
import io.patchbay.sockets.sys.Descriptor.Identity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Descriptors ride beneath TLS: beside its records, which know nothing of them. */
class DescriptorsUnderTlsTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Time TIME = Time.system();
  private static final Authority AUTHORITY = Authority.make("here.test", HOUR, TIME);

  @TempDir Path folder;
  private final Stack stack = new Stack();

  @AfterEach
  void stop() {
    stack.close();
  }

  private static Identities identities(String name) {
    SpiffeId id = SpiffeId.parse("spiffe://here.test/" + name);
    return new Identities(AUTHORITY.issue(id, HOUR, TIME), AUTHORITY.bundles());
  }

  @Test
  void aClientsFileReachesAServerThatKnowsWhoItIs() throws IOException {
    Path file = Files.writeString(folder.resolve("namespace"), "the client's");
    Url url = serve();
    Identities own = identities("client");
    Channels channels = stack.push(new Channels(Optional.of(own.security())));
    Chain chain =
        Chain.of(
            List.of(
                Sessions.inMemory(TIME),
                (call, next) -> next.request(call.towards(url)),
                new Dial(channels, Tokens.of(own, HOUR, TIME), TIME)));
    Connection fresh = Paths.arrive(Connection.newBuilder().setId("one").build(), "client");
    KernelParameters kernel =
        new KernelParameters(Optional.of("file://" + file), Optional.empty(), Optional.empty());
    Connection answer =
        chain.request(
            Call.of(
                fresh, List.of(kernel.mechanism()), new Cause.Asked(), TIME.now().plusSeconds(20)));
    assertEquals("the client's, from spiffe://here.test/client", answer.getPayload());
    assertEquals(Optional.of(kernel), KernelParameters.of(answer.getMechanism()));
  }

  private Url serve() {
    Url url = Url.parse("unix://" + folder.resolve("hop.sock"));
    Identities own = identities("hop");
    Sessions sessions = Sessions.inMemory(TIME);
    Chain chain =
        Chain.of(
            List.of(
                sessions,
                ReceiveDescriptors.toUse(TIME, file -> false),
                (call, next) -> read(call)));
    stack.push(
        GrpcServer.start(
            List.of(url),
            List.of(new MeshServer("hop", chain, sessions, Tokens.of(own, HOUR, TIME), TIME)),
            Optional.of(own.security())));
    return url;
  }

  private static Connection read(Call call) {
    Identity file =
        InodeUrls.named(call.connection(), call.preferences()).stream().findFirst().orElseThrow();
    int descriptor = call.session().held(HeldFiles.KEY).orElseThrow().find(file).orElseThrow();
    SpiffeId caller = SpiffeId.of(Peer.current().certificate().orElseThrow());
    try {
      String content = Files.readString(Path.of("/proc/self/fd/" + descriptor));
      return call.connection().toBuilder()
          .setPayload(content + ", from " + caller)
          .setMechanism(call.preferences().getFirst())
          .build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
