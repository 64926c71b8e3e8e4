package io.patchbay.systemtest.vm;

import io.grpc.StatusRuntimeException;
import io.patchbay.base.Await;
import io.patchbay.base.Environment;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.cli.demo.World;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.sriovmanager.SriovManager;
import io.patchbay.sriovmanager.SriovManagerConfig;
import io.patchbay.systemtest.ManagedNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the JVMs of the guest do at first, in one process and without a NIC, for a JVM that notes
 * what they load.
 */
final class Rehearsal {
  private Rehearsal() {}

  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createTempDirectory("pb-rehearse"); // a socket's path must be short
    Path nothing = Files.createDirectories(folder.resolve("pci"));
    try (Stack opened = new Stack();
        ManagedNode node = new ManagedNode(folder, folder.resolve("log"))) {
      opened.push(() -> World.remove(folder));
      node.configure(
          """
          selectors:
            - {pfNames: ["none#0-5"], vfKernelDriver: igbvf, capabilities: [1g],
               serviceDomains: [example.com]}
          """);
      var config =
          Environment.read(
              SriovManagerConfig.class, node.environment(nothing, folder.resolve("netlink")));
      try (var own = NetworkNamespace.own();
          var manager = SriovManager.start(config, own, Time.system())) {
        Await.until(manager + " lists nothing", ManagedNode.PATIENCE, node::listsNothing);
        node.request("nobody", own, "no token");
      }
    } catch (StatusRuntimeException e) {
      System.out.println("refused, as it must be: " + e.getStatus());
    }
  }
}
