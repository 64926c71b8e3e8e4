package io.patchbay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.stub.StreamObserver;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.Owner;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import io.patchbay.api.vf.VirtualFunctionsGrpc.VirtualFunctionsImplBase;
import io.patchbay.api.vf.WatchRequest;
import io.patchbay.base.Json;
import io.patchbay.base.Url;
import io.patchbay.sockets.GrpcServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

  private static final Catalog RARE =
      Catalog.newBuilder()
          .addFunctions(
              vf("0000:3b:01.0", State.FREE)
                  .setDriver("mlx5_core")
                  .addRdmaDevices("mlx5_3")
                  .addPfRdmaDevices("mlx5_0")
                  .setEswitchMode("switchdev")
                  .setRepresentor("ens1f0_0")
                  .setVhostNet(true))
          .addFunctions(vf("0000:5e:01.0", State.FREE).setEswitchMode("legacy"))
          .build();

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
        shown(CATALOG));
  }

  /** Columns for what this node has and most have not. */
  @Test
  void showsRdmaRepresentorsAndVhostWhereThereAreSome() {
    assertEquals(
        """
        VF            PF      DRIVER     STATE  SINCE  RESOURCE                               POD  CONNECTION  SWITCH PORT  RDMA    ESWITCH    REPRESENTOR  REASON
        0000:3b:01.0  ens1f0  mlx5_core  free   -      example.com/100g,lab.example.org/100g  -    -           -            mlx5_3  switchdev  ens1f0_0     -
        0000:5e:01.0  ens1f0  iavf       free   -      example.com/100g,lab.example.org/100g  -    -           -            -       legacy     -            -
        NODE: has /dev/vhost-net and /dev/net/tun
        """,
        shown(RARE));
  }

  @Test
  void tellsProgramsAllOfIt() {
    String json = shown(RARE, "--json");
    Map<?, ?> told = Json.read(json, Map.class);
    List<?> functions = (List<?>) Objects.requireNonNull(told.get("functions"));
    assertEquals(
        Map.of(
            "pciAddress", "0000:3b:01.0",
            "pfName", "ens1f0",
            "driver", "mlx5_core",
            "state", "FREE",
            "resourceNames", List.of("example.com/100g", "lab.example.org/100g"),
            "rdmaDevices", List.of("mlx5_3"),
            "pfRdmaDevices", List.of("mlx5_0"),
            "eswitchMode", "switchdev",
            "representor", "ens1f0_0",
            "vhostNet", true),
        functions.getFirst());
    assertEquals(2, functions.size());
  }

  private String shown(Catalog catalog, String... options) {
    Url socket = new Url("unix", folder.resolve("vf.sock").toString());
    StringWriter shown = new StringWriter();
    try (GrpcServer manager = GrpcServer.start(List.of(socket), List.of(new Manager(catalog)))) {
      List<String> command = new ArrayList<>(List.of("vfs"));
      command.addAll(List.of("--socket", manager.addresses().getFirst().toString()));
      command.addAll(List.of(options));
      int status =
          Patchbay.commandLine()
              .setOut(new PrintWriter(shown))
              .execute(command.toArray(new String[0]));
      assertEquals(0, status);
    }
    return shown.toString();
  }

  @Test
  void anAbsentManagerIsAFailure() {
    String nobody = "unix://" + folder.resolve("nobody.sock");
    assertEquals(1, Patchbay.commandLine().execute("vfs", "--socket", nobody));
    assertEquals(2, Patchbay.commandLine().execute("vfs", "--socket", "http://manager"));
  }

  /** A manager with a catalog, whose watches go on. */
  private static final class Manager extends VirtualFunctionsImplBase {
    private final Catalog catalog;

    Manager(Catalog catalog) {
      this.catalog = catalog;
    }

    @Override
    public void watch(WatchRequest request, StreamObserver<Catalog> observer) {
      observer.onNext(catalog);
    }
  }
}
