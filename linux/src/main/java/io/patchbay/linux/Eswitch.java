package io.patchbay.linux;

import io.patchbay.base.Failure;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The switch inside a NIC, as sysfs showed it once. In switchdev mode it has a representor for each
 * virtual function: an interface of the node that stands for the function's port of that switch
 * (kernel's Documentation/networking/representors.rst).
 *
 * @param mode absent where it cannot be told: some drivers name the switch in legacy mode too, and
 *     then there is no representor
 * @param representors the names of those in this namespace, by the number of the virtual function
 */
public record Eswitch(Optional<Mode> mode, SortedMap<Integer, String> representors) {
  /** Nothing is known. */
  public static final Eswitch UNKNOWN = new Eswitch(Optional.empty(), new TreeMap<>());

  private static final Eswitch LEGACY = new Eswitch(Optional.of(Mode.LEGACY), new TreeMap<>());

  /** Those of this host: a DPU has ports of another one too, which begin with a controller. */
  private static final Pattern REPRESENTOR = Pattern.compile("(?:pf(\\d+))?vfr?(\\d{1,5})");

  /** Older drivers give representors the bare number of their VF. */
  private static final Pattern NUMBER = Pattern.compile("\\d{1,5}");

  /** How the NIC passes frames between its virtual functions and the wire. */
  public enum Mode {
    /** By address and VLAN, as the physical function has set them. */
    LEGACY,
    /** As rules say that software puts into it, through representors. */
    SWITCHDEV
  }

  public Eswitch {
    representors = Collections.unmodifiableSortedMap(new TreeMap<>(representors));
  }

  /**
   * That of a physical function. Drivers need not hang representors below it: when there is none,
   * all interfaces of the namespace are looked at, but only in a NIC that names its switch.
   *
   * @param net the function's folder of that name
   * @param function the last digit of its address, which drivers number their PFs by
   */
  static Eswitch of(SysfsFolder net, int function) {
    Optional<String> uplink = FunctionInterfaces.of(net).stream().findFirst();
    if (uplink.isEmpty()) {
      return UNKNOWN;
    }
    Optional<String> own = told(net.folder(uplink.get()), "phys_switch_id");
    if (own.isEmpty()) {
      return LEGACY;
    }
    SortedMap<Integer, String> representors = new TreeMap<>();
    SysfsFolder all = net.folder(uplink.get()).folder("subsystem");
    for (SysfsFolder folder : new SysfsFolder[] {net, all}) {
      if (!representors.isEmpty()) {
        break; // a node may have many interfaces
      }
      for (String name : new TreeSet<>(folder.names())) {
        if (!name.equals(uplink.get())) {
          number(folder.folder(name), function)
              .filter(unused -> told(folder.folder(name), "phys_switch_id").equals(own))
              .ifPresent(number -> representors.put(number, name));
        }
      }
    }
    Optional<Mode> mode = representors.isEmpty() ? Optional.empty() : Optional.of(Mode.SWITCHDEV);
    return new Eswitch(mode, representors);
  }

  /** The VF that an interface stands for, if it is a representor of this PF. */
  private static Optional<Integer> number(SysfsFolder device, int function) {
    String port = told(device, "phys_port_name").orElse("");
    if (NUMBER.matcher(port).matches()) {
      return Optional.of(Integer.parseInt(port));
    }
    Matcher named = REPRESENTOR.matcher(port);
    if (!named.matches()) {
      return Optional.empty();
    }
    boolean another = named.group(1) != null && !named.group(1).equals(Integer.toString(function));
    return another ? Optional.empty() : Optional.of(Integer.parseInt(named.group(2)));
  }

  /** The kernel answers EOPNOTSUPP for what a driver does not tell. */
  private static Optional<String> told(SysfsFolder device, String file) {
    try {
      return device.text(file).filter(text -> !text.isEmpty());
    } catch (Failure untold) {
      return Optional.empty();
    }
  }
}
