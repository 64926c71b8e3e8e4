package io.patchbay.sriovmanager;

import io.patchbay.api.connection.Connection;
import io.patchbay.hwsim.nic.MachineNics;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.LinkContractTest;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** HoldVf, Address, Attach and Tag as one link: they only mean something together. */
class VfLinksContractTest extends LinkContractTest {
  @TempDir Path folder;
  private Node node;
  private Call call;

  @BeforeEach
  void powerOn() throws InterruptedException {
    MachineNics.obstacle().ifPresent(why -> Assumptions.abort("simulated NICs: " + why));
    node = new Node(folder, time);
    node.homecoming.close(); // the sessions are the contract's own, which it does not know
    node.allocate(3, "cnf-1");
    node.reportInUse();
    call = node.call("c1", node.pod(), "cnf-1", "");
  }

  @AfterEach
  void powerOff() {
    if (node != null) {
      node.close();
    }
  }

  @Override
  protected Link link() {
    return (outer, next) -> {
      Handler handler = next;
      for (Link link : node.links().reversed()) {
        Handler rest = handler;
        handler = inner -> link.request(inner, rest);
      }
      return handler.request(outer);
    };
  }

  @Override
  protected Call call() {
    return call;
  }

  @Override
  protected Connection answer(Call ahead) {
    Optional<Connection> offered =
        ahead.preferences().stream()
            .findFirst()
            .map(wish -> ahead.connection().toBuilder().setMechanism(wish).build());
    return Node.answered(offered.orElse(ahead.connection()), 100);
  }

  @Override
  protected Set<String> heldOutside() {
    Set<String> held = new TreeSet<>();
    node.ledger.claims().forEach((vf, claim) -> held.add(vf + " " + claim.state()));
    IntStream.range(0, 12)
        .filter(number -> !node.untouched(number))
        .forEach(number -> held.add("VF " + number + " " + node.vf(number).settings()));
    return held;
  }
}
