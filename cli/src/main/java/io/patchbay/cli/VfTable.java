package io.patchbay.cli;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.Owner;
import io.patchbay.api.vf.State;
import io.patchbay.api.vf.VirtualFunction;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A catalog of VFs for the eyes: a line each, columns aligned, what there is not as a dash. What
 * few nodes have has a column only where some VF has it.
 */
final class VfTable {
  private static final List<Column> COLUMNS =
      List.of(
          new Column("VF", VirtualFunction::getPciAddress),
          new Column("PF", VirtualFunction::getPfName),
          new Column("DRIVER", VirtualFunction::getDriver),
          new Column("STATE", VfTable::state),
          new Column("SINCE", vf -> since(vf.getOwner())),
          new Column("RESOURCE", VfTable::resource),
          new Column("POD", vf -> pod(vf.getOwner())),
          new Column("CONNECTION", vf -> vf.getOwner().getConnectionId()),
          new Column("SWITCH PORT", vf -> port(vf.getOwner())),
          new Column("RDMA", vf -> String.join(",", vf.getRdmaDevicesList())),
          new Column("ESWITCH", VirtualFunction::getEswitchMode),
          new Column("REPRESENTOR", VirtualFunction::getRepresentor),
          new Column("REASON", VirtualFunction::getReason));
  private static final Set<String> RARE = Set.of("RDMA", "REPRESENTOR");
  private static final String ESWITCH = "ESWITCH";
  private static final String SWITCHDEV = "switchdev";
  private static final String NOTHING = "-";

  private record Column(String head, Function<VirtualFunction, String> cell) {
    /** Legacy mode is what everybody has. */
    boolean matters(List<VirtualFunction> vfs) {
      return head.equals(ESWITCH)
          ? vfs.stream().map(cell).anyMatch(SWITCHDEV::equals)
          : !RARE.contains(head) || vfs.stream().map(cell).anyMatch(text -> !text.isEmpty());
    }

    String of(VirtualFunction vf) {
      String text = cell.apply(vf);
      return text.isEmpty() ? NOTHING : text;
    }
  }

  private VfTable() {}

  /**
   * The table with its head, ending with a newline; a free VF is listed with all its names. What
   * the node has, and what is not as the config file says, come after it.
   */
  static String of(Catalog catalog) {
    List<VirtualFunction> vfs = catalog.getFunctionsList();
    List<Column> columns = COLUMNS.stream().filter(column -> column.matters(vfs)).toList();
    List<List<String>> rows =
        Stream.concat(
                Stream.of(columns.stream().map(Column::head).toList()),
                vfs.stream().map(vf -> columns.stream().map(column -> column.of(vf)).toList()))
            .toList();
    String node =
        vfs.stream().anyMatch(VirtualFunction::getVhostNet)
            ? "NODE: has /dev/vhost-net and /dev/net/tun\n"
            : "";
    return Stream.of(
            Stream.of(Columns.aligned(rows)),
            Stream.of(node),
            catalog.getConfigProblemsList().stream().map(problem -> "CONFIG: " + problem + "\n"))
        .flatMap(Function.identity())
        .collect(Collectors.joining());
  }

  private static String state(VirtualFunction vf) {
    return vf.getState() == State.STATE_UNSPECIFIED
        ? ""
        : vf.getState().name().toLowerCase(Locale.ROOT);
  }

  private static String resource(VirtualFunction vf) {
    return vf.hasOwner()
        ? vf.getOwner().getResourceName()
        : String.join(",", vf.getResourceNamesList());
  }

  private static String port(Owner owner) {
    return (owner.getSwitchName() + " " + owner.getSwitchPort()).strip();
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
