package io.patchbay.linux;

import io.patchbay.base.Failure;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which of the network interfaces in the folder of a PCI function lead to the wire. A NIC in
 * switchdev mode has one there for each of its VFs too: a representor, the VF's port inside the
 * NIC, on which no VF can be set. Drivers tell them apart by {@code phys_port_name} (kernel's
 * Documentation/networking/switchdev.rst and representors.rst); in legacy mode there is none.
 */
final class FunctionInterfaces {
  /** A port of the NIC, also a part of one that is split. */
  private static final Pattern PORT = Pattern.compile("p\\d+(s\\d+)?");

  /** The port of a PF, VF or subfunction, perhaps of another host, as a DPU has them. */
  private static final Pattern REPRESENTOR = Pattern.compile("(c\\d+)?pf\\d+.*|vf\\d+");

  /** Older drivers give representors the bare number of their VF. */
  private static final Pattern NUMBER = Pattern.compile("\\d+");

  /** How likely it is the way to the wire, the likeliest first. */
  private enum Kind {
    PORT,
    UNNAMED,
    NUMBERED,
    REPRESENTOR
  }

  private record Found(String name, Kind kind, int port) {}

  private FunctionInterfaces() {}

  /**
   * By name, the way to the wire first: of a function with several ports the lowest of them.
   * Representors are left out.
   *
   * @param net the function's folder of that name
   */
  static List<String> of(SysfsFolder net) {
    List<String> names = net.names();
    if (names.size() < 2) {
      return names; // nearly always: nothing more needs to be read
    }
    List<Found> found = names.stream().map(name -> look(net.folder(name), name)).toList();
    Kind best = found.stream().map(Found::kind).min(Comparator.naturalOrder()).orElseThrow();
    return found.stream()
        .filter(each -> each.kind == best)
        .sorted(Comparator.comparingInt(Found::port).thenComparing(Found::name))
        .map(Found::name)
        .toList();
  }

  private static Found look(SysfsFolder device, String name) {
    Kind kind = said(device, "phys_port_name").map(FunctionInterfaces::kind).orElse(Kind.UNNAMED);
    int port =
        said(device, "dev_port")
            .filter(text -> text.matches("\\d{1,9}"))
            .map(Integer::parseInt)
            .orElse(0);
    return new Found(name, kind, port);
  }

  private static Kind kind(String port) {
    if (PORT.matcher(port).matches()) {
      return Kind.PORT;
    }
    if (REPRESENTOR.matcher(port).matches()) {
      return Kind.REPRESENTOR;
    }
    return NUMBER.matcher(port).matches() ? Kind.NUMBERED : Kind.UNNAMED;
  }

  /** The kernel answers EOPNOTSUPP for what a driver does not tell. */
  private static Optional<String> said(SysfsFolder device, String file) {
    try {
      return device.text(file).filter(text -> !text.isEmpty());
    } catch (Failure untold) {
      return Optional.empty();
    }
  }
}
