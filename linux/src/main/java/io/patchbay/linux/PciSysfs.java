package io.patchbay.linux;

import io.patchbay.base.Failure;
import io.patchbay.linux.PciFunction.Binding;
import io.patchbay.linux.PciFunction.Model;
import io.patchbay.linux.PciFunction.Placement;
import io.patchbay.linux.PciFunction.Role;
import io.patchbay.linux.sys.Blocking;
import io.patchbay.linux.sys.Errno;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * PCI functions in sysfs (kernel's {@code Documentation/ABI/testing/sysfs-bus-pci}), under folders
 * that can be anywhere. Reading never fails on what vanishes meanwhile. Writes go to the device at
 * once; what the kernel refuses is a {@link Failure} with an {@link Errno} behind it. All of it
 * runs on platform threads and has a deadline, a few at a time for a physical function and its
 * virtual ones: one that hangs holds up no other. Safe for all threads; one writer per physical
 * function at a time is the caller's part.
 */
public final class PciSysfs {
  private static final Duration READ_DEADLINE = Duration.ofSeconds(10);
  private static final Duration WRITE_DEADLINE = Duration.ofSeconds(30);

  /** The most calls about one physical function that are under way at a time. */
  private static final int PLACES = 8;

  private static final Pattern VIRTUAL = Pattern.compile("virtfn(\\d{1,5})");

  /** A group may have devices of other buses. */
  private static final Pattern ADDRESS =
      Pattern.compile("\\p{XDigit}{4,8}:\\p{XDigit}{2}:\\p{XDigit}{2}\\.[0-7]");

  private static final Pattern RDMA_NODE = Pattern.compile("(uverbs|umad|issm)\\d+");

  private final Path devices;
  private final Path drivers;

  /**
   * A virtual function as its physical one has it.
   *
   * @param number by the name of the link to it
   * @param interfaces the physical one's network interfaces, as {@link #interfaces} has them
   */
  public record Seat(PciAddress physical, int number, List<String> interfaces) {}

  /** By virtual function: its number when it was last looked for, which is looked at first. */
  private final Map<PciAddress, Integer> numbers = new ConcurrentHashMap<>();

  /**
   * By function: where what may wait for its driver waits. The kernel holds the function's lock
   * while it is reset, bound or unbound, and also to read {@code driver_override} (device_lock in
   * drivers/pci/pci-sysfs.c): whoever comes while one of these hangs must not take a place of the
   * physical one's lane.
   */
  private final Map<PciAddress, Blocking.Lane> locked = new ConcurrentHashMap<>();

  /** For what concerns no single function. */
  private final Blocking.Lane all = new Blocking.Lane(1);

  /** By function: the lane of its physical one, once that is known. */
  private final Map<PciAddress, Blocking.Lane> lanes = new ConcurrentHashMap<>();

  /** The kernel's own tree. */
  public PciSysfs() {
    this(Path.of("/sys/bus/pci/devices"), Path.of("/sys/bus/pci/drivers"));
  }

  /** The folders of devices and of drivers; {@code drivers_probe} lies beside the latter. */
  public PciSysfs(Path devices, Path drivers) {
    this.devices = devices;
    this.drivers = drivers;
  }

  /** All functions, by address. */
  public List<PciFunction> scan() {
    return new SysfsFolder(devices, new Blocking.Lane(1))
        .names().stream()
            .map(PciAddress::parse)
            .sorted()
            .flatMap(address -> find(address).stream())
            .toList();
  }

  /** Where there are functions that can have virtual ones. Nothing more is read of them. */
  public List<PciAddress> physicalFunctions() {
    return all.call(
        "look for physical functions in " + devices,
        READ_DEADLINE,
        () ->
            new SysfsFolder(devices, all)
                .names().stream()
                    .filter(name -> Files.exists(devices.resolve(name + "/sriov_totalvfs")))
                    .map(PciAddress::parse)
                    .sorted()
                    .toList());
  }

  /**
   * What a file of a function says, such as {@code net/ens1/speed}; absent without such a file.
   * Throws {@link Failure} of kind UNAVAILABLE when the kernel does not tell.
   */
  public Optional<String> attribute(PciAddress address, String file) {
    return lane(address)
        .call("read " + file + " of " + address, READ_DEADLINE, () -> folder(address).text(file));
  }

  /** The function at the address, if there is one now. */
  public Optional<PciFunction> find(PciAddress address) {
    Optional<PciFunction> found =
        lane(address).call("look at " + address, READ_DEADLINE, () -> read(address));
    found.ifPresent(this::learn);
    return found;
  }

  private Blocking.Lane lane(PciAddress address) {
    return lanes.computeIfAbsent(address, unused -> new Blocking.Lane(PLACES));
  }

  /** What hangs with a physical function shares its lane. */
  private void learn(PciFunction found) {
    found.physicalFunction().ifPresent(physical -> lanes.put(found.address(), lane(physical)));
    found
        .physical()
        .ifPresent(physical ->
            physical
                .virtualFunctions()
                .values()
                .forEach(vf -> lanes.put(vf, lane(found.address()))));
  }

  private Optional<PciFunction> read(PciAddress address) {
    SysfsFolder folder = folder(address);
    if (!folder.exists()) {
      return Optional.empty();
    }
    Optional<String> driver = folder.linkName("driver");
    return Optional.of(
        new PciFunction(
            address,
            new Model(hex(folder, "vendor"), hex(folder, "device"), hex(folder, "class")),
            new Binding(driver, driver.isPresent() ? Optional.empty() : override(address)),
            new Placement(numaNode(folder), iommuGroup(folder)),
            role(folder),
            FunctionInterfaces.of(folder.folder("net")),
            rdma(folder)));
  }

  /** Drivers hang their RDMA devices below the PCI function, as drivers/infiniband/core does. */
  private static PciFunction.Rdma rdma(SysfsFolder folder) {
    List<String> devices = folder.folder("infiniband").names();
    if (devices.isEmpty()) {
      return PciFunction.Rdma.NONE; // nearly always: nothing more needs to be read
    }
    List<String> nodes =
        Stream.of("infiniband_mad", "infiniband_verbs")
            .flatMap(name -> folder.folder(name).names().stream())
            .filter(name -> RDMA_NODE.matcher(name).matches())
            .toList();
    return new PciFunction.Rdma(devices, nodes);
  }

  /**
   * The switch inside the NIC, as far as sysfs tells of it: of a physical function whose interface
   * is in this namespace.
   */
  public Eswitch eswitch(PciAddress pf) {
    return lane(pf)
        .call(
            "look at the switch inside " + pf,
            READ_DEADLINE,
            () -> Eswitch.of(folder(pf).folder("net"), pf.function()));
  }

  /** All functions that an IOMMU cannot tell from this one, itself among them; none without. */
  public List<PciAddress> groupMates(PciAddress address) {
    return lane(address)
        .call(
            "look at the IOMMU group of " + address,
            READ_DEADLINE,
            () ->
                folder(address).folder("iommu_group").folder("devices").names().stream()
                    .filter(name -> ADDRESS.matcher(name).matches())
                    .map(PciAddress::parse)
                    .toList());
  }

  /**
   * The network interfaces of a function that are in this namespace, without the rest of it: the
   * way to the wire first, and no representors of virtual functions.
   */
  public List<String> interfaces(PciAddress address) {
    return lane(address)
        .call(
            "look at the interfaces of " + address,
            READ_DEADLINE,
            () -> FunctionInterfaces.of(folder(address).folder("net")));
  }

  /**
   * Where a virtual function is; empty when there is none at the address. In a few reads: {@link
   * #find} makes dozens, one for each virtual function of the physical one.
   */
  public Optional<Seat> locate(PciAddress vf) {
    Optional<Seat> found =
        lane(vf)
            .call(
                "locate " + vf,
                READ_DEADLINE,
                () ->
                    folder(vf)
                        .linkName("physfn")
                        .flatMap(physical -> seat(vf, PciAddress.parse(physical))));
    found.ifPresent(seat -> lanes.put(vf, lane(seat.physical())));
    return found;
  }

  private Optional<Seat> seat(PciAddress vf, PciAddress physical) {
    SysfsFolder folder = folder(physical);
    return number(folder, vf)
        .map(number -> new Seat(physical, number, FunctionInterfaces.of(folder.folder("net"))));
  }

  private Optional<Integer> number(SysfsFolder physical, PciAddress vf) {
    Optional<Integer> found =
        Optional.ofNullable(numbers.get(vf))
            .filter(last -> physical.linkName("virtfn" + last).equals(Optional.of(vf.toString())))
            .or(() ->
                virtualFunctions(physical).entrySet().stream()
                    .filter(entry -> entry.getValue().equals(vf))
                    .map(Map.Entry::getKey)
                    .findFirst());
    found.ifPresent(number -> numbers.put(vf, number));
    return found;
  }

  /** The function at the address, which must exist: else {@link Failure} NOT_FOUND. */
  public PciFunction require(PciAddress address) {
    return find(address)
        .orElseThrow(() ->
            new Failure(Failure.Kind.NOT_FOUND, "no PCI function " + address + " in " + devices));
  }

  private static Role role(SysfsFolder folder) {
    Optional<String> physical = folder.linkName("physfn");
    if (physical.isPresent()) {
      return new Role.Virtual(PciAddress.parse(physical.get()));
    }
    OptionalInt total = folder.number("sriov_totalvfs");
    if (total.isEmpty()) {
      return new Role.Plain();
    }
    return new Role.Physical(
        total.getAsInt(), folder.number("sriov_numvfs").orElse(0), virtualFunctions(folder));
  }

  /** By the number in the link's name: as texts, 10 would come before 2. */
  private static SortedMap<Integer, PciAddress> virtualFunctions(SysfsFolder folder) {
    SortedMap<Integer, PciAddress> found = new TreeMap<>();
    for (String name : folder.names()) {
      Matcher link = VIRTUAL.matcher(name);
      if (link.matches()) {
        int number = Integer.parseInt(link.group(1));
        folder.linkName(name).map(PciAddress::parse).ifPresent(vf -> found.put(number, vf));
      }
    }
    return found;
  }

  private static int hex(SysfsFolder folder, String file) {
    return folder.text(file).map(Integer::decode).orElse(0);
  }

  private Optional<String> override(PciAddress address) {
    return readLocked(address, "driver_override")
        .filter(name -> !name.isEmpty() && !name.equals("(null)"));
  }

  private Optional<String> readLocked(PciAddress address, String file) {
    SysfsFolder folder = locked(address);
    return folder
        .lane()
        .call("read " + file + " of " + address, READ_DEADLINE, () -> folder.text(file));
  }

  private Optional<String> driver(PciAddress address) {
    return lane(address)
        .call(
            "look at the driver of " + address,
            READ_DEADLINE,
            () -> folder(address).linkName("driver"));
  }

  private static OptionalInt numaNode(SysfsFolder folder) {
    OptionalInt node = folder.number("numa_node");
    return node.isPresent() && node.getAsInt() >= 0 ? node : OptionalInt.empty();
  }

  private static OptionalInt iommuGroup(SysfsFolder folder) {
    return folder
        .linkName("iommu_group")
        .map(group -> OptionalInt.of(Integer.parseInt(group)))
        .orElse(OptionalInt.empty());
  }

  /**
   * Makes a physical function have so many virtual ones. The kernel allows only steps from and to 0
   * (EBUSY), and no more than it can have (ERANGE).
   *
   * @param deadline making many may take tens of seconds
   * @return how many it has now; a driver may give fewer
   */
  public int numVfs(PciAddress pf, int count, Duration deadline) {
    SysfsFolder folder = folder(pf);
    folder.write("sriov_numvfs", Integer.toString(count), deadline);
    return lane(pf)
        .call(
            "read back sriov_numvfs of " + pf,
            READ_DEADLINE,
            () -> folder.number("sriov_numvfs").orElse(0));
  }

  /** Sets whether new virtual functions get a driver by themselves. */
  public void autoprobe(PciAddress pf, boolean on) {
    folder(pf).write("sriov_drivers_autoprobe", on ? "1" : "0", WRITE_DEADLINE);
  }

  /**
   * Makes the driver, and no other, bind to the function, taking it from its present one. Looks at
   * the result, since the kernel reports success also where it did nothing.
   */
  public void bind(PciAddress address, String driver) {
    if (driver(address).equals(Optional.of(driver))) {
      return;
    }
    if (!Files.isDirectory(drivers.resolve(driver))) {
      throw new Failure(
          Failure.Kind.NOT_FOUND, "no driver '" + driver + "' in " + drivers + "; is it loaded?");
    }
    release(address);
    if (!override(address).equals(Optional.of(driver))) {
      locked(address).write("driver_override", driver, WRITE_DEADLINE);
    }
    probe(address, driver);
  }

  private void probe(PciAddress address, String driver) {
    SysfsFolder bus = new SysfsFolder(drivers.resolveSibling(""), locked(address).lane());
    bus.write("drivers_probe", address.toString(), WRITE_DEADLINE);
    Optional<String> bound = driver(address);
    if (!bound.equals(Optional.of(driver))) {
      throw new Failure(
          Failure.Kind.CONFLICT,
          "driver '" + driver + "' did not take " + address + "; it has " + bound.orElse("none"));
    }
  }

  /** Takes the function from its driver, if it has one, and lets any driver bind to it again. */
  public void unbind(PciAddress address) {
    release(address);
    if (override(address).isPresent()) {
      locked(address).write("driver_override", "\n", WRITE_DEADLINE);
    }
  }

  private void release(PciAddress address) {
    if (driver(address).isPresent()) {
      locked(address).folder("driver").write("unbind", address.toString(), WRITE_DEADLINE);
    }
  }

  /** Whether the kernel knows a way to reset the function alone. */
  public boolean canReset(PciAddress address) {
    Path file = devices.resolve(address.toString()).resolve("reset");
    return lane(address).call("look for " + file, READ_DEADLINE, () -> Files.exists(file));
  }

  /**
   * Resets the function (FLR). What its physical function has set for it stays. It should have no
   * driver: under the emulated igb, the reset of a VF that igbvf had never came to an end.
   */
  public void reset(PciAddress address) {
    locked(address).write("reset", "1", WRITE_DEADLINE);
  }

  /**
   * Takes the function from its driver, resets it, and gives it back. Whatever happens between, the
   * kernel keeps in {@code driver_override} which driver that is: asked again it goes on. When the
   * reset is refused the function has its driver all the same; not when it hangs, as a driver must
   * not be bound in the middle of it. Throws {@link Failure} CONFLICT for one that has no driver
   * and was to have none.
   */
  public void renew(PciAddress address) {
    Optional<String> override = override(address);
    String driver =
        driver(address)
            .or(() -> override)
            .orElseThrow(
                () -> new Failure(Failure.Kind.CONFLICT, address + " has no driver to go back to"));
    if (!override.equals(Optional.of(driver))) {
      locked(address).write("driver_override", driver, WRITE_DEADLINE);
    }
    release(address);
    try {
      reset(address);
    } catch (Failure e) {
      if (e.kind() != Failure.Kind.TIMEOUT) {
        probeBeside(e, address, driver);
      }
      throw e;
    }
    probe(address, driver);
  }

  private void probeBeside(Failure reason, PciAddress address, String driver) {
    try {
      probe(address, driver);
    } catch (Failure another) {
      reason.addSuppressed(another);
    }
  }

  /** The function's folder for what needs its lock in the kernel: one at a time. */
  private SysfsFolder locked(PciAddress address) {
    return new SysfsFolder(
        devices.resolve(address.toString()),
        locked.computeIfAbsent(address, unused -> new Blocking.Lane(1)));
  }

  private SysfsFolder folder(PciAddress address) {
    return new SysfsFolder(devices.resolve(address.toString()), lane(address));
  }
}
