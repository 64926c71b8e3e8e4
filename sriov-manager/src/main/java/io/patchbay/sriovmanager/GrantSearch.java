package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;

/** Finds out which VF is a client's: by the token of its grant, or by the pod it is. */
final class GrantSearch {
  private final Ledger ledger;
  private final NodeOffer offer;

  GrantSearch(Ledger ledger, NodeOffer offer) {
    this.ledger = ledger;
    this.offer = offer;
  }

  /**
   * Who asks.
   *
   * @param resource the name it was granted under; empty when a token says it
   * @param token the grant's token; empty when the pod's name counts
   * @param connection the connection's id
   */
  record Client(String namespace, String pod, String resource, String token, String connection) {
    @Override
    public String toString() {
      return token.isEmpty()
          ? "pod " + namespace + "/" + pod + " with " + resource
          : "the holder of a token";
    }
  }

  /**
   * The VF that the client may try to hold, by its token if it has one. Waits until the deadline.
   * Throws {@link Failure} as the two ways do.
   */
  PciAddress find(Client client, Instant deadline) {
    return client.token().isEmpty() ? byPod(client, deadline) : byToken(client.token(), deadline);
  }

  /**
   * The VF that a token stands for. It may be on its way home from its last connection: waits until
   * the deadline. Throws {@link Failure}: DENIED for an unknown one, TIMEOUT when it does not come.
   */
  private PciAddress byToken(String token, Instant deadline) {
    while (true) {
      long seen = ledger.news().version();
      PciAddress vf =
          ledger
              .first(claim -> claim.grant().token().equals(token))
              .orElseThrow(() ->
                  new Failure(
                      Failure.Kind.DENIED, "no VF is granted to the tokenID of this request"));
      if (!comesBack(vf)) {
        return vf;
      }
      ledger.news().await(seen, deadline, vf + " is on its way home from its last connection");
    }
  }

  /**
   * Whether a VF that was found is not the client's to hold any more, but it may find one again.
   */
  boolean isOutrun(PciAddress vf, Client client) {
    return client.token().isEmpty() ? !isOpen(vf, client) : comesBack(vf);
  }

  /** Whether it is on its way home and its container keeps it. */
  private boolean comesBack(PciAddress vf) {
    return ledger
        .find(vf)
        .filter(claim -> isReturning(claim) && claim.draining().isEmpty())
        .isPresent();
  }

  /**
   * A VF that the kubelet gave to the client's pod and that serves no other connection: the one
   * that serves this one already, if there is one, whatever is wrong with it, or it would have two;
   * else one with which something is wrong only where there is no other, so that who heals gets
   * another path. The kubelet may not have said so yet, or the VF may be on its way home: waits
   * until the deadline. Throws {@link Failure}: TIMEOUT when it does not come, CONFLICT when all
   * that the pod has are in use, NOT_FOUND at once when no VF of this node goes by that name.
   */
  private PciAddress byPod(Client client, Instant deadline) {
    while (true) {
      long seen = ledger.news().version();
      Predicate<Claim> own = claim -> isOf(claim, client) && claim.draining().isEmpty();
      Predicate<Claim> usable = own.and(claim -> isOpen(claim, client));
      Optional<PciAddress> held = ledger.first(usable.and(claim -> claim.hold().present()));
      Optional<PciAddress> open = held.or(() -> ledger.first(usable, offer::isFaulty));
      if (open.isPresent()) {
        return open.get();
      }
      if (ledger.first(own).isPresent()
          && ledger.first(own.and(GrantSearch::isReturning)).isEmpty()) {
        throw new Failure(
            Failure.Kind.CONFLICT, "every VF that " + client + " has serves a connection already");
      }
      if (ledger.first(own).isEmpty()) {
        offer.requireKnown(client.resource()); // or the wait would be in vain
      }
      ledger.news().await(seen, deadline, "no VF that the kubelet gave to " + client + " is here");
    }
  }

  private static boolean isOf(Claim claim, Client client) {
    return claim.use().pod().equals(client.pod())
        && claim.use().namespace().equals(client.namespace())
        && claim.grant().resource().equals(client.resource());
  }

  /** Whether the client may try to hold this VF, as far as can be seen from outside its turn. */
  private boolean isOpen(PciAddress vf, Client client) {
    return ledger.find(vf).filter(claim -> isOpen(claim, client)).isPresent();
  }

  private static boolean isReturning(Claim claim) {
    return claim.hold().step() == Hold.Step.RETURNING;
  }

  private static boolean isOpen(Claim claim, Client client) {
    return claim.draining().isEmpty()
        && !isReturning(claim)
        && (!claim.hold().present() || claim.hold().connection().equals(client.connection()));
  }
}
