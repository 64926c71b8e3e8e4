package io.patchbay.cli;

import io.patchbay.api.fabric.Claim;
import io.patchbay.api.fabric.Event;
import io.patchbay.api.fabric.FabricDiff;
import io.patchbay.api.fabric.FabricHistory;
import io.patchbay.api.fabric.FabricState;
import io.patchbay.api.fabric.FabricTrial;
import io.patchbay.api.fabric.PortDiff;
import io.patchbay.api.fabric.PortState;
import io.patchbay.api.fabric.PortTrial;
import io.patchbay.api.fabric.SwitchDiff;
import io.patchbay.api.fabric.SwitchState;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** What a TOR shim tells, for the eyes: a line each, columns aligned. */
final class FabricTable {
  private FabricTable() {}

  /** A line for each claim, and one for a port that nobody claims; below what goes for switches. */
  static String of(FabricState state) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "SWITCH",
            "PORT",
            "VLAN",
            "SERVICE",
            "CLIENT",
            "NODE",
            "VF",
            "CONNECTION",
            "SINCE",
            "LINK",
            "SETTLED"));
    for (SwitchState tor : state.getSwitchesList()) {
      for (PortState port : tor.getPortsList()) {
        String settled = port.getSettled() ? "yes" : "no: " + port.getReason();
        for (Claim claim : port.getClaimsList()) {
          rows.add(row(tor, port, claim, settled));
        }
        if (port.getClaimsCount() == 0) {
          rows.add(row(tor, port, Claim.getDefaultInstance(), settled));
        }
      }
    }
    StringBuilder text = new StringBuilder(Columns.aligned(rows));
    state.getSwitchesList().forEach(tor -> text.append(line(tor)));
    return text.toString();
  }

  private static List<String> row(SwitchState tor, PortState port, Claim claim, String settled) {
    return List.of(
        tor.getName(),
        port.getName(),
        claim.getVlan() == 0 ? "" : String.valueOf(claim.getVlan()),
        claim.getService(),
        claim.getClient(),
        claim.getNode(),
        claim.getPciAddress(),
        claim.getConnectionId(),
        time(claim.getSinceMillis()),
        port.getLink(),
        settled);
  }

  private static String line(SwitchState tor) {
    return "%s: %d changes in %d commits, %d ms each; %d wait; %d ports put right, %d failures%s\n"
        .formatted(
            tor.getName(),
            tor.getChanges(),
            tor.getCommits(),
            tor.getCommits() == 0 ? 0 : tor.getCommitMillis() / tor.getCommits(),
            tor.getWaiting(),
            tor.getRepairedPorts(),
            tor.getFailures(),
            tor.getUnread() ? "; not read yet since the shim's disk was found empty" : "");
  }

  /** A line for each port that the shim owns or wants. */
  static String of(FabricDiff diff) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("SWITCH", "PORT", "", "WANTED", "RUNNING"));
    for (SwitchDiff tor : diff.getSwitchesList()) {
      for (PortDiff port : tor.getPortsList()) {
        boolean known = tor.getFailure().isEmpty();
        rows.add(
            List.of(
                tor.getName(),
                port.getName(),
                !known ? "unknown" : port.getSame() ? "same" : "DIFFERS",
                port.getWanted(),
                known ? port.getRunning() : ""));
      }
    }
    StringBuilder text = new StringBuilder(Columns.aligned(rows));
    diff.getSwitchesList().stream()
        .filter(tor -> !tor.getFailure().isEmpty())
        .forEach(tor -> text.append(tor.getName() + ": " + tor.getFailure() + "\n"));
    return text.toString();
  }

  /** A line for each service on each port that has a cable. */
  static String of(FabricTrial trial) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("SWITCH", "PORT", "SERVICE", "VLAN", "WOULD BE TAKEN"));
    for (PortTrial port : trial.getPortsList()) {
      rows.add(
          List.of(
              port.getSwitchName(),
              port.getPort(),
              port.getService(),
              String.valueOf(port.getVlan()),
              port.getTaken() ? "yes" : "no: " + port.getReason()));
    }
    return Columns.aligned(rows);
  }

  /** A line for each port of each change. */
  static String of(FabricHistory history) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("AT", "SWITCH", "PORT", "CAUSE", "BEFORE", "AFTER", "RESULT", "CONNECTIONS"));
    for (Event event : history.getEventsList()) {
      rows.add(
          List.of(
              time(event.getAtMillis()),
              event.getSwitchName(),
              event.getPort(),
              event.getCause(),
              event.getBefore(),
              event.getAfter(),
              event.getResult(),
              String.join(",", event.getConnectionIdsList())));
    }
    return Columns.aligned(rows);
  }

  private static String time(long millis) {
    return millis == 0
        ? ""
        : Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
