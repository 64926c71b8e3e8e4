package io.patchbay.mesh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Paths.Token;
import io.patchbay.mesh.identity.Identity;
import io.patchbay.mesh.policy.PolicyFiles;
import io.patchbay.mesh.policy.Signed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Authorize as a link: it holds nothing. */
class AuthorizeLinkTest extends LinkContractTest {
  @TempDir static Path empty;
  private final Signed mesh = new Signed("k8s.nsm", time);
  private final Identity client = mesh.identity("client");
  private final Identity here = mesh.identity("here");
  private final PolicyFiles files = new PolicyFiles(empty, Optional.empty(), time);

  @Override
  protected Link link() {
    return new Authorize(files.server(), () -> Optional.of(client.leaf()));
  }

  @Override
  protected Call call() {
    Connection arrived = Connections.arrived("c1", time);
    Token own = new Token(mesh.token(here, client), time.now().plus(Duration.ofMinutes(10)));
    Token callers = new Token(mesh.token(client, here), own.expires());
    return super.call().with(Paths.withCallerToken(Paths.withOwnToken(arrived, own), callers));
  }

  @Override
  protected Set<String> heldOutside() {
    return Set.of();
  }

  @Test
  void nothingIsAskedOfOthersForAPeerWithoutProof() {
    Handler next =
        call -> {
          throw new AssertionError("passed on");
        };
    Link link = new Authorize(files.server(), Optional::empty);
    Failure failure = assertThrows(Failure.class, () -> link.request(call(), next));
    assertEquals(
        "no sufficient privileges: server/prev_token_signed.rego: the peer has shown no"
            + " certificate",
        failure.getMessage());
  }
}
