package io.patchbay.cli;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.VirtualFunctionsGrpc;
import io.patchbay.api.vf.WatchRequest;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Statuses;
import java.util.Iterator;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the VFs of this node are doing, as its sriov-manager knows it now. */
@Command(
    name = "vfs",
    description = {
      "Show the VFs of this node: which is free, who has which and since when, and why one is"
          + " broken or its grant has ended.",
      "To be run where sriov-manager's socket is, that is on the node or in the pod of"
          + " sriov-manager."
    })
final class VfsCommand implements Callable<Integer> {
  private static final int PATIENCE_SECONDS = 5;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this.")
  private boolean help;

  @Option(
      names = "--socket",
      defaultValue = "${env:PATCHBAY_VF_SOCKET:-unix:///var/lib/patchbay/sriov-manager/vf.sock}",
      paramLabel = "URL",
      description =
          "Where sriov-manager tells about its VFs: PATCHBAY_VF_SOCKET, or if that is not set"
              + " unix:///var/lib/patchbay/sriov-manager/vf.sock.")
  private String socket;

  @Option(names = "--json", description = "Show all that is known of them, as JSON.")
  private boolean json;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  VfsCommand() {}

  @Override
  public Integer call() {
    return new UntilStopped("vfs")
        .report(() -> {
          Catalog catalog = ask(Url.parse(socket));
          spec.commandLine().getOut().print(json ? MessageJson.of(catalog) : VfTable.of(catalog));
          spec.commandLine().getOut().flush();
        });
  }

  private static Catalog ask(Url manager) {
    try (Channels channels = new Channels()) {
      Iterator<Catalog> catalogs =
          VirtualFunctionsGrpc.newBlockingStub(channels.to(manager))
              .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS)
              .watch(WatchRequest.getDefaultInstance());
      if (catalogs.hasNext()) {
        return catalogs.next();
      }
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "sriov-manager at " + manager + " ended before it answered");
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure("asking sriov-manager at " + manager, e);
    }
  }
}
