package io.patchbay.bench;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Time;
import io.patchbay.cli.Measurement;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.Paths.Token;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Authority;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.identity.Identity;
import io.patchbay.mesh.identity.SpiffeId;
import io.patchbay.mesh.policy.Access.ToConnection;
import io.patchbay.mesh.policy.Policies;
import io.patchbay.mesh.policy.PolicyFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What tokens cost a hop: to sign one, and to let one pass by the default policies, each beside the
 * same with a token that is not new.
 */
final class TokenCosts {
  private static final int WARM_UP = 400;
  private static final int TURNS = 500;
  private static final Duration LIFETIME = Duration.ofHours(1);
  private static final SpiffeId PEER = new SpiffeId("k8s.nsm", "/ns/bench/pod/peer");
  private static final SpiffeId HOP = new SpiffeId("k8s.nsm", "/ns/bench/pod/hop");
  private static final double MICROS = 1000;

  private final Time time;
  private final Samples fresh;
  private final Samples reused;
  private final Samples unknown;
  private final Samples known;
  private final Identity peer;
  private final Identities peers;
  private final Tokens own;

  private TokenCosts(Time time) {
    this.time = time;
    this.fresh = new Samples(time);
    this.reused = new Samples(time);
    this.unknown = new Samples(time);
    this.known = new Samples(time);
    Authority authority = Authority.make(PEER.trustDomain(), LIFETIME, time);
    this.peer = authority.issue(PEER, LIFETIME, time);
    this.peers = new Identities(peer, authority.bundles());
    Identity hop = authority.issue(HOP, LIFETIME, time);
    this.own = Tokens.of(new Identities(hop, authority.bundles()), LIFETIME, time);
  }

  static List<Measurement> measure(Time time) {
    TokenCosts costs = new TokenCosts(time);
    try (PolicyFiles files = new PolicyFiles(Path.of(""), Optional.empty(), time)) {
      Policies policies = files.server();
      for (int turn = 0; turn < WARM_UP; turn++) {
        costs.turn(policies, -1 - turn);
      }
      List.of(costs.fresh, costs.reused, costs.unknown, costs.known).forEach(Samples::clear);
      for (int turn = 0; turn < TURNS; turn++) {
        costs.turn(policies, turn);
      }
    }
    return List.of(
        Measurement.of("own token signed p50", costs.fresh.p50() * MICROS, "us")
            .against("reused", costs.reused.p50() * MICROS),
        Measurement.of("peer's new token checked p50", costs.unknown.p50() * MICROS, "us")
            .against("a known one", costs.known.p50() * MICROS));
  }

  /** A token for somebody new is signed. No two signatures are equal, so the peer's is unknown. */
  private void turn(Policies policies, int number) {
    String somebody = HOP + "-" + number;
    var unused = fresh.time(() -> own.issue(Optional.of(somebody)));
    var again = reused.time(() -> own.issue(Optional.of(somebody)));
    ToConnection asked = asked();
    unknown.time(() -> policies.check(asked));
    known.time(() -> policies.check(asked));
  }

  private ToConnection asked() {
    Token token = Tokens.of(peers, LIFETIME, time).issue(Optional.of(HOP.toString()));
    Connection connection =
        Paths.arrive(Paths.arrive(Connection.newBuilder().setId("c").build(), "peer"), "hop");
    Connection told =
        Paths.withOwnToken(
            Paths.withCallerToken(connection, token), own.issue(Optional.of(PEER.toString())));
    return ToConnection.asked(told.getPath(), Optional.of(peer.leaf()));
  }
}
