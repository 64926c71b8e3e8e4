package io.patchbay.workloads;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Connections;
import io.patchbay.mesh.KernelParameters;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.LinkContractTest;
import io.patchbay.mesh.Sessions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OwnNamespaceTest extends LinkContractTest {
  private static final String HERE = "inode://4/77";
  private final OwnNamespace link = new OwnNamespace(HERE);
  private final Chain chain =
      Chain.of(List.of(Sessions.inMemory(time), link, (call, next) -> call.connection()));

  @Override
  protected Link link() {
    return link;
  }

  @Override
  protected Call call() {
    return super.call().preferring(List.of(wish("e0")));
  }

  /** Whether a newcomer that wishes for that name would get another. */
  @Override
  protected Set<String> heldOutside() {
    Sessions sessions = Sessions.inMemory(time);
    Chain probe = Chain.of(List.of(sessions, link, (call, next) -> call.connection()));
    Connection answer =
        probe.request(Connections.call("probe", time).preferring(List.of(wish("e0"))));
    sessions.close(answer.getId());
    return name(answer).equals("e0") ? Set.of() : Set.of("e0");
  }

  private static Mechanism wish(String name) {
    return new KernelParameters(Optional.empty(), Optional.of(name), Optional.empty()).mechanism();
  }

  private static String name(Connection connection) {
    return KernelParameters.of(connection.getMechanism()).orElseThrow().name().orElseThrow();
  }

  @Test
  void answersWithItsNamespaceAndANameThatStays() {
    Mechanism bare = Mechanism.newBuilder().setCls("LOCAL").setType("KERNEL").build();
    Mechanism other = Mechanism.newBuilder().setCls("LOCAL").setType("MEMIF").build();
    Connection first = chain.request(Connections.call("a", time).preferring(List.of(other, bare)));
    assertEquals(
        Optional.of(HERE),
        KernelParameters.of(first.getMechanism()).flatMap(KernelParameters::inodeUrl));
    assertEquals(first, chain.request(Connections.call("a", time).with(first)));
    Connection second = chain.request(Connections.call("b", time).preferring(List.of(bare)));
    assertNotEquals(name(first), name(second));
  }

  @Test
  void aNameIsGivenToOneConnectionOnly() {
    Call wishing = Connections.call("a", time).preferring(List.of(wish("eth7")));
    assertEquals("eth7", name(chain.request(wishing)));
    Call late = Connections.call("b", time).preferring(List.of(wish("eth7")));
    assertNotEquals("eth7", name(chain.request(late)));
  }

  @Test
  void takesKernelInterfacesOnly() {
    Mechanism other = Mechanism.newBuilder().setCls("LOCAL").setType("MEMIF").build();
    Call agreed = Connections.call("a", time).edit(c -> c.setMechanism(other));
    Failure failure =
        assertThrows(Failure.class, () -> chain.request(agreed.preferring(List.of(wish("e0")))));
    assertEquals(Failure.Kind.UNSUPPORTED, failure.kind());
    Call wrong = Connections.call("b", time).preferring(List.of(wish("a/b")));
    assertEquals(
        Failure.Kind.INVALID, assertThrows(Failure.class, () -> chain.request(wrong)).kind());
  }
}
