package io.patchbay.hwsim.nic;

import io.patchbay.hwsim.nic.NicModel.Feature;
import io.patchbay.hwsim.nic.PciFunction.Physical;
import io.patchbay.hwsim.nic.PciFunction.Virtual;
import io.patchbay.hwsim.nic.SysfsNode.Both;
import io.patchbay.hwsim.nic.SysfsNode.Directory;
import io.patchbay.hwsim.nic.SysfsNode.Readable;
import io.patchbay.hwsim.nic.SysfsNode.SymbolicLink;
import io.patchbay.hwsim.nic.SysfsNode.Writable;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.sys.Errno;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code /sys/bus/pci} of a simulated machine looks like, made anew from the {@link PciBus}
 * for each look. Names, formats and permissions are those of Linux (Documentation/ABI/testing/
 * sysfs-bus-pci). It holds no state; any thread may ask.
 */
final class SysfsTree {
  private static final String CLASS_ETHERNET = "0x020000\n";

  /** What a PF's link to one of its VFs is called. */
  private static final Pattern VIRTUAL = Pattern.compile("virtfn(0|[1-9]\\d{0,3})");

  /** Which netdev of a function a reader in the machine's first namespace sees. */
  interface Netdevs {
    /** Whether the function has a netdev at all, wherever it is. */
    boolean exists(PciFunction function);

    /** A PF's representors that are in the first namespace, by the number of their VF. */
    Map<Integer, String> representors(PciFunction pf);

    /** Its name, if it is in the first namespace. */
    Optional<String> atHome(PciFunction function);
  }

  private final PciBus bus;
  private final Netdevs netdevs;

  SysfsTree(PciBus bus, Netdevs netdevs) {
    this.bus = bus;
    this.netdevs = netdevs;
  }

  /** What a path, like {@code /devices/0000:3b:00.0/vendor}, names; links are not followed. */
  Optional<SysfsNode> find(String path) {
    SysfsNode node = root();
    for (String name : path.split("/")) {
      if (name.isEmpty()) {
        continue;
      }
      if (!(node instanceof Directory directory)) {
        return Optional.empty();
      }
      Optional<SysfsNode> child = directory.child().apply(name);
      if (child.isEmpty()) {
        return Optional.empty();
      }
      node = child.get();
    }
    return Optional.of(node);
  }

  private SysfsNode root() {
    return folder(() -> {
      SequencedMap<String, SysfsNode> children = new LinkedHashMap<>();
      children.put("devices", new Directory(this::devices, this::device));
      children.put("drivers", folder(this::drivers));
      children.put("drivers_probe", new Writable(bus::driversProbe));
      children.put("iommu_groups", folder(this::iommuGroups));
      return children;
    });
  }

  private SequencedMap<String, SysfsNode> devices() {
    SequencedMap<String, SysfsNode> children = new LinkedHashMap<>();
    for (PciFunction function : bus.functions()) {
      children.put(function.address().toString(), function(function));
    }
    return children;
  }

  /** There may be a thousand: one is found without the others. */
  private Optional<SysfsNode> device(String address) {
    return bus.find(address).map(this::function);
  }

  /** A PF may have hundreds of VFs: what is looked for by its name is found without their links. */
  private SysfsNode function(PciFunction function) {
    return switch (function.role()) {
      case Physical pf ->
          new Directory(
              () -> {
                SequencedMap<String, SysfsNode> children = physical(function, pf);
                children.putAll(virtualFunctions(pf.nic()));
                return children;
              },
              name -> {
                Matcher virtual = VIRTUAL.matcher(name);
                return virtual.matches()
                    ? virtualFunction(pf.nic(), Integer.parseInt(virtual.group(1)))
                    : Optional.ofNullable(physical(function, pf).get(name));
              });
      case Virtual vf ->
          folder(() -> {
            SequencedMap<String, SysfsNode> children = common(function);
            children.put("physfn", link("../" + vf.nic().address()));
            return children;
          });
    };
  }

  private SequencedMap<String, SysfsNode> common(PciFunction function) {
    SequencedMap<String, SysfsNode> children = new LinkedHashMap<>();
    children.put("vendor", hex(function.ids().vendor()));
    children.put("device", hex(function.ids().device()));
    children.put("class", text(CLASS_ETHERNET));
    children.put("numa_node", text(function.nic().slot().numaNode() + "\n"));
    children.put(
        "driver_override",
        new Both(
            () -> (function.override().isEmpty() ? "(null)" : function.override()) + "\n",
            written -> bus.override(function, written)));
    children.put("reset", new Writable(written -> bus.reset(function, written)));
    function.driver().ifPresent(driver -> children.put("driver", link("../../drivers/" + driver)));
    iommuGroup(function)
        .ifPresent(group -> children.put("iommu_group", link("../../iommu_groups/" + group)));
    if (netdevs.exists(function)) {
      children.put("net", folder(() -> net(function)));
      if (function.nic().model().features().contains(Feature.RDMA)) {
        children.putAll(rdma(function));
      }
    }
    return children;
  }

  private SequencedMap<String, SysfsNode> physical(PciFunction function, Physical physical) {
    NicHardware nic = physical.nic();
    SequencedMap<String, SysfsNode> children = common(function);
    children.put("sriov_totalvfs", text(nic.totalVfs() + "\n"));
    children.put(
        "sriov_numvfs",
        new Both(() -> physical.numVfs() + "\n", written -> bus.numVfs(nic, written)));
    children.put("sriov_offset", text(nic.model().routing().offset() + "\n"));
    children.put("sriov_stride", text(nic.model().routing().stride() + "\n"));
    children.put("sriov_vf_device", text(Integer.toHexString(nic.model().ids().vfDevice()) + "\n"));
    children.put(
        "sriov_drivers_autoprobe",
        new Both(
            () -> (physical.autoprobe() ? 1 : 0) + "\n", written -> bus.autoprobe(nic, written)));
    return children;
  }

  private SequencedMap<String, SysfsNode> virtualFunctions(NicHardware nic) {
    SequencedMap<String, SysfsNode> children = new LinkedHashMap<>();
    for (int number = 0; number < nic.totalVfs(); number++) {
      String name = "virtfn" + number;
      virtualFunction(nic, number).ifPresent(link -> children.put(name, link));
    }
    return children;
  }

  private Optional<SysfsNode> virtualFunction(NicHardware nic, int number) {
    return number < nic.totalVfs()
        ? bus.find(nic.vfAddress(number).toString())
            .filter(there -> isVirtual(there, nic))
            .map(vf -> link("../" + vf.address()))
        : Optional.empty();
  }

  private static boolean isVirtual(PciFunction function, NicHardware nic) {
    return function.role() instanceof Virtual vf && vf.nic().address().equals(nic.address());
  }

  private SequencedMap<String, SysfsNode> net(PciFunction function) {
    SequencedMap<String, SysfsNode> children = new LinkedHashMap<>();
    boolean switchdev =
        function.role() instanceof Physical
            && function.nic().model().features().contains(Feature.SWITCHDEV);
    if (!switchdev) {
      netdevs.atHome(function).ifPresent(name -> children.put(name, folder(LinkedHashMap::new)));
      return children;
    }
    PciAddress pf = function.address();
    netdevs.atHome(function).ifPresent(name -> children.put(name, port(pf, "p" + pf.function())));
    netdevs
        .representors(function)
        .forEach(
            (number, name) -> children.put(name, port(pf, "pf" + pf.function() + "vf" + number)));
    return children;
  }

  /** A port of the switch inside a NIC, by the name that its driver gives it. */
  private static SysfsNode port(PciAddress pf, String name) {
    SequencedMap<String, SysfsNode> children = new LinkedHashMap<>();
    children.put("phys_switch_id", text("%02x0000\n".formatted(pf.bus())));
    children.put("phys_port_name", text(name + "\n"));
    return folder(() -> children);
  }

  /** Numbered through all of them by where they are, so that the order of binding is nothing. */
  private static SequencedMap<String, SysfsNode> rdma(PciFunction function) {
    PciAddress at = function.address();
    int number = at.bus() << 8 | at.device() << 3 | at.function();
    SequencedMap<String, SysfsNode> children = new LinkedHashMap<>();
    children.put("infiniband", folder(List.of("mlx5_" + number)));
    children.put("infiniband_verbs", folder(List.of("uverbs" + number)));
    children.put("infiniband_mad", folder(List.of("umad" + number, "issm" + number)));
    return children;
  }

  private static SysfsNode folder(List<String> folders) {
    SequencedMap<String, SysfsNode> children = new LinkedHashMap<>();
    folders.forEach(name -> children.put(name, folder(LinkedHashMap::new)));
    return folder(() -> children);
  }

  private SequencedMap<String, SysfsNode> drivers() {
    SequencedMap<String, SysfsNode> children = new LinkedHashMap<>();
    for (String driver : bus.drivers()) {
      children.put(driver, folder(() -> driver(driver)));
    }
    return children;
  }

  private SequencedMap<String, SysfsNode> driver(String driver) {
    SequencedMap<String, SysfsNode> children = new LinkedHashMap<>();
    children.put("bind", new Writable(written -> bus.bind(driver, written)));
    children.put("unbind", new Writable(written -> bus.unbind(driver, written)));
    children.put("new_id", new Writable(written -> bus.newId(driver, written)));
    children.put("remove_id", new Writable(written -> bus.removeId(driver, written)));
    for (PciFunction function : bus.functions()) {
      if (function.driver().equals(Optional.of(driver))) {
        String address = function.address().toString();
        children.put(address, link("../../devices/" + address));
      }
    }
    return children;
  }

  private SequencedMap<String, SysfsNode> iommuGroups() {
    SequencedMap<String, SysfsNode> children = new LinkedHashMap<>();
    for (PciFunction function : bus.functions()) {
      iommuGroup(function)
          .ifPresent(group -> children.put(String.valueOf(group), folder(() -> group(group))));
    }
    return children;
  }

  private SequencedMap<String, SysfsNode> group(int group) {
    SequencedMap<String, SysfsNode> members = new LinkedHashMap<>();
    for (PciFunction function : bus.functions()) {
      if (iommuGroup(function).equals(Optional.of(group))) {
        String address = function.address().toString();
        members.put(address, link("../../../devices/" + address));
      }
    }
    SequencedMap<String, SysfsNode> children = new LinkedHashMap<>();
    children.put("devices", folder(() -> members));
    return children;
  }

  private static Optional<Integer> iommuGroup(PciFunction function) {
    NicHardware.Slot slot = function.nic().slot();
    OptionalInt first = slot.firstIommuGroup();
    if (first.isEmpty()) {
      return Optional.empty();
    }
    return switch (function.role()) {
      case Physical _ -> Optional.of(first.getAsInt());
      case Virtual vf -> Optional.of(first.getAsInt() + 1 + vf.number() / slot.vfsPerGroup());
    };
  }

  private static SysfsNode folder(Supplier<SequencedMap<String, SysfsNode>> children) {
    return new Directory(children);
  }

  private static SysfsNode link(String target) {
    return new SymbolicLink(target);
  }

  private static SysfsNode text(String text) {
    return new Readable(() -> text);
  }

  private static SysfsNode hex(int id) {
    return text(String.format("0x%04x%n", id));
  }

  /** The names in a folder, for tests and lists. */
  List<String> list(String path) {
    return find(path)
        .map(node -> node instanceof Directory directory ? directory.children().get() : null)
        .map(children -> List.copyOf(children.keySet()))
        .orElseThrow(() -> Errno.ENOENT.failure(path));
  }
}
