package io.patchbay.hwsim.nic;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.hwsim.nic.PciFunction.DeviceIds;
import io.patchbay.hwsim.nic.PciFunction.Physical;
import io.patchbay.hwsim.nic.PciFunction.Virtual;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.sys.Errno;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The PCI bus of one simulated machine: its functions, its drivers, and what becomes of them when
 * somebody writes to sysfs, after drivers/pci/iov.c, drivers/pci/pci-driver.c and
 * drivers/base/bus.c of Linux. It touches nothing outside; a {@link DriverWatcher} is told who got
 * a driver.
 *
 * <p>Safe for all threads. Writes to the functions of one NIC take turns, delays included; readers
 * never wait for them.
 */
final class PciBus {
  /** The driver that takes any function by {@code driver_override} and gives it no netdev. */
  static final String VFIO = "vfio-pci";

  /** Told on the writing thread, one NIC's changes in turn. */
  interface DriverWatcher {
    /** A driver has just taken the function. */
    void bound(PciFunction function);

    /** The driver has just let go of the function. */
    void unbound(PciFunction function);

    /** There is a new VF, without a driver yet. */
    void appeared(PciFunction vf);

    /** A VF is gone, and with it what was set for it. */
    void vanished(PciFunction vf);
  }

  private final Time time;
  private final DriverWatcher watcher;
  private volatile boolean refusesResets;
  private final Map<PciAddress, Integer> resets = new ConcurrentHashMap<>();
  private final Map<PciAddress, String> told = new ConcurrentHashMap<>();
  private final Map<PciAddress, ReentrantLock> nicLocks = new HashMap<>();

  @GuardedBy("this")
  private final SortedMap<String, PciFunction> functions = new TreeMap<>();

  @GuardedBy("this")
  private final SortedMap<String, Set<DeviceIds>> drivers = new TreeMap<>();

  /** A bus with these NICs in it, their PFs not bound yet: {@link #start} does that. */
  PciBus(Collection<NicHardware> nics, Time time, DriverWatcher watcher) {
    this.time = time;
    this.watcher = watcher;
    drivers.put(VFIO, new HashSet<>());
    for (NicHardware nic : nics) {
      PciFunction pf = PciFunction.physical(nic);
      if (functions.put(nic.address().toString(), pf) != null) {
        throw new Failure(Failure.Kind.INVALID, "two NICs at " + nic.address());
      }
      nicLocks.put(nic.address(), new ReentrantLock());
      NicModel.Ids ids = nic.model().ids();
      NicModel.Drivers names = nic.model().drivers();
      ids(names.pf()).add(pf.ids());
      ids(names.vf()).add(new DeviceIds(ids.vendor(), ids.vfDevice()));
    }
  }

  /** Binds each PF to its driver, as at boot. */
  void start() {
    functions().forEach(this::probe);
  }

  /** All functions now, by address. */
  synchronized List<PciFunction> functions() {
    return List.copyOf(functions.values());
  }

  /** The function at an address now. */
  synchronized Optional<PciFunction> find(String address) {
    return Optional.ofNullable(functions.get(address));
  }

  /** The names of all drivers. */
  synchronized List<String> drivers() {
    return List.copyOf(drivers.keySet());
  }

  /**
   * A function level reset: it forgets what it was {@link #tell told}. Refused to one that a driver
   * of interfaces has, as such a driver loses its function with it.
   */
  void reset(PciFunction function, String text) {
    if (KernelText.u16(text) != 1) {
      throw Errno.EINVAL.failure("reset takes 1 only");
    }
    inTurn(
        function.nic(),
        () -> {
          Optional<String> driver = existing(function.address().toString()).driver();
          if (driver.filter(name -> !name.equals(VFIO)).isPresent()) {
            throw Errno.EIO.failure(function.address() + " is lost to its driver " + driver.get());
          }
          if (refusesResets) {
            throw Errno.ENOTTY.failure("no way of resetting it has worked");
          }
          told.remove(function.address());
          resets.merge(function.address(), 1, Integer::sum);
        });
  }

  /** What whoever has a VF leaves in it: another driver or another owner changes nothing of it. */
  void tell(PciAddress function, String what) {
    told.put(function, what);
  }

  /** What a function was told since it was last reset; empty if nothing. */
  String told(PciAddress function) {
    return told.getOrDefault(function, "");
  }

  /** From now on no function can be reset. */
  void refuseResets() {
    refusesResets = true;
  }

  /** How often a function was reset. */
  int resets(PciAddress function) {
    return resets.getOrDefault(function, 0);
  }

  /** A write to {@code sriov_numvfs} of a PF. */
  void numVfs(NicHardware nic, String text) {
    int wanted = KernelText.u16(text);
    if (wanted > nic.totalVfs()) {
      throw Errno.ERANGE.failure(wanted + " of " + nic.totalVfs() + " VFs");
    }
    inTurn(
        nic,
        () -> {
          PciFunction pf = existing(nic.address().toString());
          int now = physical(pf).numVfs();
          if (wanted == now) {
            return;
          }
          if (pf.driver().isEmpty()) {
            throw Errno.ENOENT.failure(nic.address() + " has no driver");
          }
          if (wanted == 0) {
            removeVfs(pf);
          } else if (now == 0) {
            addVfs(pf, wanted);
          } else {
            throw Errno.EBUSY.failure(now + " VFs exist");
          }
        });
  }

  /** A write to {@code sriov_drivers_autoprobe} of a PF. */
  void autoprobe(NicHardware nic, String text) {
    boolean on = KernelText.bool(text);
    inTurn(
        nic,
        () -> {
          PciFunction pf = existing(nic.address().toString());
          put(pf.with(new Physical(nic, physical(pf).numVfs(), on)));
        });
  }

  /** A write to {@code driver_override}; an empty line takes it away. */
  void override(PciFunction function, String text) {
    inTurn(
        function.nic(),
        () -> put(existing(function.address().toString()).withOverride(KernelText.line(text))));
  }

  /** A write to the bus's {@code drivers_probe}: succeeds also when no driver fits. */
  void driversProbe(String text) {
    probe(existing(KernelText.line(text)));
  }

  /** A write to a driver's {@code bind}. */
  void bind(String driver, String text) {
    PciFunction named = existing(KernelText.line(text));
    inTurn(
        named.nic(),
        () -> {
          PciFunction function = existing(named.address().toString());
          if (!fits(driver, function)) {
            throw Errno.ENODEV.failure(driver + " does not know " + function.address());
          }
          if (function.driver().isPresent()) {
            throw Errno.EBUSY.failure(
                function.address() + " is bound to " + function.driver().get());
          }
          if (!mayProbe(function)) {
            throw Errno.ENODEV.failure("autoprobe is off for " + function.address());
          }
          attach(function, driver);
        });
  }

  /** A write to a driver's {@code unbind}. */
  void unbind(String driver, String text) {
    PciFunction named = existing(KernelText.line(text));
    inTurn(
        named.nic(),
        () -> {
          PciFunction function = existing(named.address().toString());
          if (!function.driver().equals(Optional.of(driver))) {
            throw Errno.ENODEV.failure(function.address() + " is not bound to " + driver);
          }
          detach(function);
        });
  }

  /** A write to a driver's {@code new_id}: it may take every such function without driver. */
  void newId(String driver, String text) {
    DeviceIds added = ids(driver, text);
    synchronized (this) {
      ids(driver).add(added);
    }
    functions().stream()
        .filter(function -> function.ids().equals(added))
        .forEach(function -> probe(function, List.of(driver)));
  }

  /** A write to a driver's {@code remove_id}. */
  void removeId(String driver, String text) {
    DeviceIds removed = ids(driver, text);
    synchronized (this) {
      if (!ids(driver).remove(removed)) {
        throw Errno.ENODEV.failure(driver + " has no such id");
      }
    }
  }

  private void probe(PciFunction function) {
    probe(function, drivers());
  }

  private void probe(PciFunction named, List<String> candidates) {
    inTurn(
        named.nic(),
        () -> {
          PciFunction function = existing(named.address().toString());
          if (function.driver().isEmpty() && mayProbe(function)) {
            candidates.stream()
                .filter(driver -> fits(driver, function))
                .findFirst()
                .ifPresent(driver -> attach(function, driver));
          }
        });
  }

  /** pci_device_can_probe() of drivers/pci/pci-driver.c. */
  private boolean mayProbe(PciFunction function) {
    return function.role() instanceof Physical
        || !function.override().isEmpty()
        || physical(existing(function.nic().address().toString())).autoprobe();
  }

  /** pci_match_device() of drivers/pci/pci-driver.c: an override beats the ids, both ways. */
  private synchronized boolean fits(String driver, PciFunction function) {
    return function.override().isEmpty()
        ? ids(driver).contains(function.ids())
        : function.override().equals(driver);
  }

  private void attach(PciFunction function, String driver) {
    pause(function.nic().slot().delays().bind());
    PciFunction bound = function.with(Optional.of(driver));
    put(bound);
    watcher.bound(bound);
  }

  private void detach(PciFunction function) {
    if (function.role() instanceof Physical physical && physical.numVfs() > 0) {
      removeVfs(function);
    }
    PciFunction unbound = existing(function.address().toString()).with(Optional.empty());
    put(unbound);
    watcher.unbound(unbound);
  }

  /** Each VF appears with its driver before the next; the count rises at the very end. */
  private void addVfs(PciFunction pf, int count) {
    NicHardware nic = pf.nic();
    pause(nic.slot().delays().enable());
    for (int number = 0; number < count; number++) {
      PciFunction vf = PciFunction.virtual(nic, number);
      put(vf);
      watcher.appeared(vf);
      probe(vf);
    }
    put(pf.with(new Physical(nic, count, physical(pf).autoprobe())));
  }

  private void removeVfs(PciFunction pf) {
    NicHardware nic = pf.nic();
    for (PciFunction function : functions()) {
      if (function.nic().equals(nic) && function.role() instanceof Virtual) {
        if (function.driver().isPresent()) {
          detach(function);
        }
        remove(function);
        watcher.vanished(function);
      }
    }
    pause(nic.slot().delays().disable());
    put(pf.with(new Physical(nic, 0, physical(pf).autoprobe())));
  }

  private void inTurn(NicHardware nic, Runnable change) {
    ReentrantLock lock = nicLocks.get(nic.address());
    if (lock == null) {
      throw new IllegalStateException("no such NIC: " + nic.address());
    }
    lock.lock();
    try {
      change.run();
    } finally {
      lock.unlock();
    }
  }

  private void pause(Duration duration) {
    try {
      time.sleep(duration);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Errno.EIO.failure("interrupted");
    }
  }

  private PciFunction existing(String address) {
    return find(address).orElseThrow(() -> Errno.ENODEV.failure("no function " + address));
  }

  private synchronized void put(PciFunction function) {
    functions.put(function.address().toString(), function);
  }

  private synchronized void remove(PciFunction function) {
    functions.remove(function.address().toString());
    told.remove(function.address());
  }

  @GuardedBy("this")
  private Set<DeviceIds> ids(String driver) {
    return drivers.computeIfAbsent(driver, name -> new HashSet<>());
  }

  /** {@code vendor device} in hex, more fields may follow; fewer are EINVAL. */
  private static DeviceIds ids(String driver, String text) {
    List<String> fields = List.of(text.strip().split("\\s+"));
    try {
      return new DeviceIds(
          Integer.parseInt(fields.get(0), 16), Integer.parseInt(fields.get(1), 16));
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw Errno.EINVAL.failure("new id for " + driver + ": '" + text.strip() + "'");
    }
  }

  private static Physical physical(PciFunction pf) {
    if (pf.role() instanceof Physical physical) {
      return physical;
    }
    throw new IllegalStateException(pf.address() + " is no PF");
  }
}
