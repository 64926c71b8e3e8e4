package io.patchbay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.stub.StreamObserver;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.Owner;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.api.vf.VirtualFunctionsGrpc.VirtualFunctionsImplBase;
import io.patchbay.api.vf.WatchRequest;
import io.patchbay.base.Url;
import io.patchbay.sockets.GrpcServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VfsCommandTest {
  private static final Catalog CATALOG =
      Catalog.newBuilder()
          .addFunctions(
              vf("0000:3b:01.0", State.HELD)
                  .setOwner(
                      Owner.newBuilder()
                          .setResourceName("example.com/100g")
                          .setPodNamespace("default")
                          .setPodName("cnf-1")
                          .setContainerName("app")
                          .setConnectionId("c-1")
                          .setSwitchName("leaf-1")
                          .setSwitchPort("Ethernet1")
                          .setSinceMillis(
                              Instant.parse("2026-11-20T10:00:00.999Z").toEpochMilli())))
          .addFunctions(vf("0000:3b:01.1", State.FREE))
          .addFunctions(vf("0000:3b:01.2", State.BROKEN).setReason("has no driver instead of iavf"))
          .addConfigProblems("pci.config:5: no such field")
          .build();

  @TempDir Path folder;

  private static VirtualFunction.Builder vf(String address, State state) {
    return VirtualFunction.newBuilder()
        .setPciAddress(address)
        .setPfName("ens1f0")
        .setDriver("iavf")
        .setState(state)
        .addResourceNames("example.com/100g")
        .addResourceNames("lab.example.org/100g");
  }

  @Test
  void showsWhoHasWhichAndWhyOneIsBroken() {
    Url socket = new Url("unix", folder.resolve("vf.sock").toString());
    StringWriter shown = new StringWriter();
    try (GrpcServer manager = GrpcServer.start(List.of(socket), List.of(new Manager()))) {
      int status =
          Patchbay.commandLine()
              .setOut(new PrintWriter(shown))
              .execute("vfs", "--socket", manager.addresses().getFirst().toString());
      assertEquals(0, status);
    }
    String names = "example.com/100g,lab.example.org/100g";
    assertEquals(
        """
        VF            PF      DRIVER  STATE   SINCE                 RESOURCE                               POD                CONNECTION  SWITCH PORT       REASON
        0000:3b:01.0  ens1f0  iavf    held    2026-11-20T10:00:00Z  example.com/100g                       default/cnf-1/app  c-1         leaf-1 Ethernet1  -
        0000:3b:01.1  ens1f0  iavf    free    -                     NAMES  -                  -           -                 -
        0000:3b:01.2  ens1f0  iavf    broken  -                     NAMES  -                  -           -                 has no driver instead of iavf
        CONFIG: pci.config:5: no such field
        """
            .replace("NAMES", names),
        shown.toString());
  }

  @Test
  void anAbsentManagerIsAFailure() {
    String nobody = "unix://" + folder.resolve("nobody.sock");
    assertEquals(1, Patchbay.commandLine().execute("vfs", "--socket", nobody));
    assertEquals(2, Patchbay.commandLine().execute("vfs", "--socket", "http://manager"));
  }

  /** A manager with that catalog, whose watches go on. */
  private static final class Manager extends VirtualFunctionsImplBase {
    @Override
    public void watch(WatchRequest request, StreamObserver<Catalog> observer) {
      observer.onNext(CATALOG);
    }
  }
}
