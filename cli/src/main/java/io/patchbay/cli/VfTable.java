package io.patchbay.cli;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.Owner;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A catalog of VFs for the eyes: a line each, columns aligned, what there is not as a dash. */
final class VfTable {
  private static final List<String> HEAD =
      List.of(
          "VF",
          "PF",
          "DRIVER",
          "STATE",
          "SINCE",
          "RESOURCE",
          "POD",
          "CONNECTION",
          "SWITCH PORT",
          "REASON");
  private static final String NOTHING = "-";

  private VfTable() {}

  /**
   * The table with its head, ending with a newline; a free VF is listed with all its names. What is
   * not as the config file says comes after it.
   */
  static String of(Catalog catalog) {
    List<List<String>> rows =
        Stream.concat(Stream.of(HEAD), catalog.getFunctionsList().stream().map(VfTable::row))
            .toList();
    List<Integer> widths =
        IntStream.range(0, HEAD.size())
            .mapToObj(
                column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0))
            .toList();
    return Stream.concat(
            rows.stream().map(row -> line(row, widths)),
            catalog.getConfigProblemsList().stream().map(problem -> "CONFIG: " + problem + "\n"))
        .collect(Collectors.joining());
  }

  private static String line(List<String> row, List<Integer> widths) {
    return IntStream.range(0, row.size())
            .mapToObj(column -> padded(row.get(column), widths.get(column)))
            .collect(Collectors.joining("  "))
            .stripTrailing()
        + "\n";
  }

  private static String padded(String text, int width) {
    return text + " ".repeat(width - text.length());
  }

  private static List<String> row(VirtualFunction vf) {
    Owner owner = vf.getOwner();
    return Stream.of(
            vf.getPciAddress(),
            vf.getPfName(),
            vf.getDriver(),
            vf.getState() == State.STATE_UNSPECIFIED
                ? ""
                : vf.getState().name().toLowerCase(Locale.ROOT),
            since(owner),
            vf.hasOwner() ? owner.getResourceName() : String.join(",", vf.getResourceNamesList()),
            pod(owner),
            owner.getConnectionId(),
            (owner.getSwitchName() + " " + owner.getSwitchPort()).strip(),
            vf.getReason())
        .map(text -> text.isEmpty() ? NOTHING : text)
        .toList();
  }

  private static String since(Owner owner) {
    return owner.getSinceMillis() == 0
        ? ""
        : Instant.ofEpochMilli(owner.getSinceMillis()).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static String pod(Owner owner) {
    String pod = owner.getPodNamespace() + "/" + owner.getPodName();
    if (owner.getPodName().isEmpty()) {
      return "";
    }
    return owner.getContainerName().isEmpty() ? pod : pod + "/" + owner.getContainerName();
  }
}
