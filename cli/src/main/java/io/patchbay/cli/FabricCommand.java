package io.patchbay.cli;

import com.google.protobuf.Message;
import io.grpc.StatusRuntimeException;
import io.patchbay.api.fabric.DiffRequest;
import io.patchbay.api.fabric.FabricDiff;
import io.patchbay.api.fabric.FabricGrpc;
import io.patchbay.api.fabric.FabricGrpc.FabricBlockingStub;
import io.patchbay.api.fabric.FabricTrial;
import io.patchbay.api.fabric.GetRequest;
import io.patchbay.api.fabric.HistoryRequest;
import io.patchbay.api.fabric.PortTrial;
import io.patchbay.api.fabric.TryRequest;
import io.patchbay.base.Url;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Statuses;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a TOR shim does to its switches, as it tells itself. */
@Command(
    name = "fabric",
    description = {
      "Show what a TOR shim does to its switches: who has which VLAN on which port, whether the"
          + " switches have it so, and what was changed.",
      "To be run where the shim's socket is, that is on its machine or in its pod. Nothing of this"
          + " changes anything."
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      FabricCommand.Get.class,
      FabricCommand.Diff.class,
      FabricCommand.Try.class,
      FabricCommand.Past.class
    })
final class FabricCommand {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this.")
  private boolean help;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  FabricCommand() {}

  /** A question to the shim. */
  abstract static sealed class Question implements Callable<Integer> {
    private static final int PATIENCE_SECONDS = 40;

    /** A thousand switches with all of their ports; other calls of the mesh take less. */
    private static final int ANSWER_BYTES_MAX = 64 << 20;

    @Spec private CommandSpec spec;

    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this.")
    private boolean help;

    @Option(
        names = "--socket",
        defaultValue =
            "${env:PATCHBAY_FABRIC_SOCKET:-unix:///var/lib/patchbay/tor-shim/fabric.sock}",
        paramLabel = "URL",
        description =
            "Where the shim tells about its switches: PATCHBAY_FABRIC_SOCKET, or if that is not"
                + " set unix:///var/lib/patchbay/tor-shim/fabric.sock.")
    private String socket;

    @Option(names = "--json", description = "Show all that is known, as JSON.")
    private boolean json;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    Question() {}

    @Override
    public Integer call() {
      AtomicInteger status = new AtomicInteger();
      int failed = new UntilStopped("fabric").report(() -> status.set(put(Url.parse(socket))));
      return failed == 0 ? status.get() : failed;
    }

    private int put(Url shim) {
      try (Channels channels = new Channels()) {
        return put(
            FabricGrpc.newBlockingStub(channels.to(shim))
                .withMaxInboundMessageSize(ANSWER_BYTES_MAX)
                .withDeadlineAfter(PATIENCE_SECONDS, TimeUnit.SECONDS));
      } catch (StatusRuntimeException e) {
        throw Statuses.toFailure("asking the shim at " + shim, e);
      }
    }

    /** Asks and shows. Returns the exit status. */
    abstract int put(FabricBlockingStub shim);

    <M extends Message> void show(M answer, Function<M, String> table) {
      spec.commandLine().getOut().print(json ? MessageJson.of(answer) : table.apply(answer));
      spec.commandLine().getOut().flush();
    }
  }

  /** Who has what. */
  @Command(
      name = "get",
      description =
          "Show who has which VLAN on which port and since when, and what is not settled and why."
              + " Asks no switch.")
  static final class Get extends Question {
    @Override
    int put(FabricBlockingStub shim) {
      show(shim.get(GetRequest.getDefaultInstance()), FabricTable::of);
      return 0;
    }
  }

  /** What is not as it should be. */
  @Command(
      name = "diff",
      description =
          "Ask the switches what the shim's ports are now, and show that beside what they should"
              + " be. Changes nothing. Ends with 3 where they differ or a switch cannot be asked.")
  static final class Diff extends Question {
    private static final int DIFFERENT = 3;

    @Override
    int put(FabricBlockingStub shim) {
      FabricDiff diff = shim.diff(DiffRequest.getDefaultInstance());
      show(diff, FabricTable::of);
      boolean same =
          diff.getSwitchesList().stream()
              .allMatch(tor ->
                  tor.getFailure().isEmpty()
                      && tor.getPortsList().stream().allMatch(port -> port.getSame()));
      return same ? 0 : DIFFERENT;
    }
  }

  /** What would be taken. */
  @Command(
      name = "try",
      description =
          "Have the switches say whether they would put services on the ports that have a cable,"
              + " before anybody asks for one. Changes nothing. Ends with 3 where one would not,"
              + " or cannot be asked.")
  static final class Try extends Question {
    private static final int REFUSED = 3;

    @Option(
        names = "--service",
        defaultValue = "",
        paramLabel = "NAME",
        description = "Only this service.")
    private String service;

    @Option(
        names = "--switch",
        defaultValue = "",
        paramLabel = "NAME",
        description = "Only at this switch.")
    private String switchName;

    @Option(
        names = "--capability",
        defaultValue = "",
        paramLabel = "NAME",
        description =
            "For VFs that pods ask for as this resource, where a service has a rate for each;"
                + " else what it has for all others is tried.")
    private String capability;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    Try() {}

    @Override
    int put(FabricBlockingStub shim) {
      TryRequest request =
          TryRequest.newBuilder()
              .setService(service)
              .setSwitchName(switchName)
              .setCapability(capability)
              .build();
      FabricTrial trial = shim.try_(request);
      show(trial, FabricTable::of);
      return trial.getPortsList().stream().allMatch(PortTrial::getTaken) ? 0 : REFUSED;
    }
  }

  /** What was done. */
  @Command(
      name = "history",
      description =
          "Show what was changed on the switches: when, for which connection, from what to what,"
              + " and with what result. Oldest first.")
  static final class Past extends Question {
    @Option(
        names = "--switch",
        defaultValue = "",
        paramLabel = "NAME",
        description = "Only of this switch.")
    private String switchName;

    @Option(
        names = "--last",
        defaultValue = "100",
        paramLabel = "COUNT",
        description = "So many, the latest: 100, or 0 for all that there are.")
    private int last;

    @SuppressWarnings("NullAway.Init") // picocli sets the fields
    Past() {}

    @Override
    int put(FabricBlockingStub shim) {
      HistoryRequest request =
          HistoryRequest.newBuilder().setMost(Math.max(0, last)).setSwitchName(switchName).build();
      show(shim.history(request), FabricTable::of);
      return 0;
    }
  }
}
