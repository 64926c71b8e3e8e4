package io.patchbay.sriovmanager;

import io.patchbay.base.Failure;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.VfVlan;
import io.patchbay.mesh.VfioParameters;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** PFs with 32 VFs each and the namespaces of pods, which outlive the processes that use them. */
final class FakeMachine {
  static final List<PciAddress> PFS =
      List.of(PciAddress.parse("0000:3b:00.0"), PciAddress.parse("0000:5e:00.0"));
  private static final int EACH = 32;
  private static final int JUMBO = 9000;
  private static final Home.Settings FRESH = new Home.Settings("00:00:00:00:00:00", 0, 0, false);

  /** One VF as it is now. */
  static final class Vf {
    final PciAddress address;
    final String text;
    final int number;
    final PciAddress pf;
    private final Home first;
    private boolean plugged;
    private String driver = "";
    private Inventory.Virtual seen;
    private Home now;
    private boolean up;
    private boolean soiled;
    private String namespace = "";

    Vf(PciAddress pf, int number) {
      address = pf.plus(8 + number);
      text = address.toString();
      this.number = number;
      this.pf = pf;
      String mac = "02:00:00:%02x:01:%02x".formatted(pf.bus(), number);
      first = new Home("pf" + pf.bus() + "v" + number, mac, 1500, FRESH);
      now = first;
      seen = new Inventory.Virtual(address, number, driver, "");
    }

    /** As the manager finds it. */
    private Inventory.Virtual seen() {
      if (!seen.driver().equals(driver)) {
        seen = new Inventory.Virtual(address, number, driver, "");
      }
      return seen;
    }

    /** Whether it is there, with a driver or not. */
    boolean plugged() {
      return plugged;
    }

    /** The namespace of the pod it is in; empty while it is at home. */
    String namespace() {
      return namespace;
    }

    Home.Settings settings() {
      return now.settings();
    }

    boolean usable() {
      return plugged && driver.equals("iavf");
    }

    /** Whether it is exactly as it was made, and knows nothing that a pod told it. */
    boolean untouched() {
      return !soiled && namespace.isEmpty() && !up && now.equals(first);
    }

    private void change(String name, int mtu, Home.Settings settings) {
      now = new Home(name, now.mac(), mtu, settings);
    }

    private void set(Home.Settings settings) {
      change(now.name(), now.mtu(), settings);
    }

    /** Into a pod, which uses it: it is up there, with larger frames. */
    private void join(String pod, String name) {
      namespace = pod;
      up = true;
      soiled = true;
      change(name, JUMBO, now.settings());
    }

    /** What the kernel does to an interface that leaves a namespace. */
    private void leave(String name) {
      namespace = "";
      up = false;
      change(name, now.mtu(), now.settings());
    }

    /** Its driver lets go of it: the next one makes an interface as it likes. */
    private void unbind() {
      driver = "";
      up = false;
      now = new Home("eth" + number, first.mac(), first.mtu(), settings());
    }

    private void lose() {
      plugged = false;
      soiled = false;
      driver = "";
      namespace = "";
      up = false;
      now = first;
    }

    @Override
    public String toString() {
      return text + " '" + driver + "' in '" + namespace + "' as " + now;
    }
  }

  private final Map<PciAddress, List<Vf>> byPf = new TreeMap<>();
  private final Map<PciAddress, Vf> vfs = new TreeMap<>();
  private final Set<String> namespaces = new HashSet<>();
  private final Set<PciAddress> dark = new HashSet<>();
  private final Set<PciAddress> gone = new HashSet<>();

  FakeMachine() {
    for (PciAddress pf : PFS) {
      for (int i = 0; i < EACH; i++) {
        Vf vf = new Vf(pf, i);
        byPf.computeIfAbsent(pf, unused -> new ArrayList<>()).add(vf);
        vfs.put(vf.address, vf);
      }
    }
  }

  synchronized Collection<Vf> vfs() {
    return vfs.values();
  }

  Vf vf(PciAddress address) {
    return vfs.get(address);
  }

  synchronized void podStarts(String namespace) {
    namespaces.add(namespace);
  }

  /** The kernel gives back what was in it, as it is. */
  synchronized void podEnds(String namespace) {
    namespaces.remove(namespace);
    for (Vf vf : vfs.values()) {
      if (vf.namespace.equals(namespace)) {
        vf.leave(vf.now.name());
      }
    }
  }

  synchronized boolean lives(String namespace) {
    return namespaces.contains(namespace);
  }

  synchronized void lose(PciAddress vf) {
    vf(vf).lose();
  }

  /** A VF that was lost is there again, new and without a driver; not if its PF is gone. */
  synchronized void find(PciAddress vf) {
    vf(vf).plugged = !gone.contains(vf(vf).pf);
  }

  /** Whether a VF's PF is there, and its cable. */
  synchronized boolean lit(Vf vf) {
    return !gone.contains(vf.pf) && !dark.contains(vf.pf);
  }

  /** Whether a PF is in its slot. */
  synchronized boolean in(PciAddress pf) {
    return !gone.contains(pf);
  }

  /** Whether a PF's cable is in. */
  synchronized boolean cabled(PciAddress pf) {
    return !dark.contains(pf);
  }

  /** A PF is pulled out with all its VFs, or put in again. */
  synchronized void slot(PciAddress pf, boolean in) {
    if (in) {
      gone.remove(pf);
    } else if (gone.add(pf)) {
      reset(pf);
    }
  }

  /** All VFs of the PF vanish; somebody has to make them anew. */
  synchronized void reset(PciAddress pf) {
    byPf.get(pf).forEach(Vf::lose);
  }

  /** The cable of a PF is pulled out, or put in again. */
  synchronized void cable(PciAddress pf, boolean in) {
    if (in) {
      dark.remove(pf);
    } else {
      dark.add(pf);
    }
  }

  /** As a process of this life sees it and acts on it. */
  Hardware seenBy(Life life) {
    return new Seen(life);
  }

  private final class Seen implements Hardware {
    private final Life life;

    Seen(Life life) {
      this.life = life;
    }

    private void act(Runnable change) {
      synchronized (FakeMachine.this) {
        life.cross();
        change.run();
        life.cross();
      }
    }

    private Vf present(PciAddress vf) {
      if (!vf(vf).usable()) {
        throw new Failure(Failure.Kind.UNAVAILABLE, "there is no VF " + vf);
      }
      return vf(vf);
    }

    @Override
    public Optional<Inventory.Physical> find(PciAddress pf) {
      synchronized (FakeMachine.this) {
        if (gone.contains(pf)) {
          return Optional.empty();
        }
        List<Inventory.Virtual> there =
            byPf.get(pf).stream().filter(vf -> vf.plugged).map(Vf::seen).toList();
        Inventory.Port port = new Inventory.Port("pf" + pf.bus(), "02:00:00:00:00:01");
        return Optional.of(new Inventory.Physical(pf, "ice", port, EACH, 0, there));
      }
    }

    @Override
    public Optional<Inventory.Stray> stray(PciAddress vf) {
      synchronized (FakeMachine.this) {
        return Optional.of(vf(vf))
            .filter(found -> found.plugged)
            .map(found -> new Inventory.Stray(found.pf, "pf" + found.pf.bus(), found.seen()));
      }
    }

    @Override
    public Carrier carrier(PciAddress pf) {
      synchronized (FakeMachine.this) {
        if (gone.contains(pf)) {
          return Carrier.UNKNOWN;
        }
        return dark.contains(pf) ? Carrier.ABSENT : Carrier.PRESENT;
      }
    }

    @Override
    public Optional<String> misplaced(PciAddress pf) {
      return Optional.empty();
    }

    /** Not between boundaries: the ledger has no part in it. */
    @Override
    public void apply(Plan.Step step) {
      synchronized (FakeMachine.this) {
        switch (step) {
          case Plan.Step.CreateVfs(PciAddress pf, int count) ->
              byPf.get(pf).subList(0, count).forEach(vf -> vf.plugged = true);
          case Plan.Step.BindDriver(PciAddress vf, String driver) -> vf(vf).driver = driver;
        }
      }
    }

    @Override
    public Port port(PciAddress vf) {
      return new Port(MacAddress.parse("02:00:00:00:00:01"), present(vf).number);
    }

    @Override
    public Home lookAndUntag(PciAddress vf) {
      requireHome(vf);
      if (present(vf).settings().vlan() != 0) {
        untag(vf);
      }
      return present(vf).now;
    }

    /** None of these is driven by a container. */
    @Override
    public Home lookAndPark(PciAddress vf) {
      throw new Failure(Failure.Kind.CONFLICT, vf + " has driver '" + vf(vf).driver + "'");
    }

    @Override
    public Map<PciAddress, String> groupMates(PciAddress vf) {
      return Map.of();
    }

    @Override
    public void park(PciAddress vf) {
      throw new Failure(Failure.Kind.CONFLICT, vf + " has driver '" + vf(vf).driver + "'");
    }

    @Override
    public int parkingVlan() {
      return 4094;
    }

    @Override
    public OptionalInt vlan(PciAddress vf) {
      return vf(vf).plugged ? OptionalInt.of(vf(vf).settings().vlan()) : OptionalInt.empty();
    }

    @Override
    public VfioParameters.Device device(PciAddress vf) {
      throw new Failure(Failure.Kind.CONFLICT, vf + " is in no IOMMU group");
    }

    private void requireHome(PciAddress vf) {
      if (atHome(vf).isEmpty()) {
        throw new Failure(Failure.Kind.CONFLICT, vf + " has no interface here");
      }
    }

    /** One message to the PF, unless it is so already. */
    private void set(PciAddress vf, UnaryOperator<Home.Settings> change) {
      Home.Settings wanted = change.apply(present(vf).settings());
      if (!wanted.equals(vf(vf).settings())) {
        act(() -> vf(vf).set(wanted));
      }
    }

    private void mac(PciAddress vf, String mac) {
      set(vf, old -> new Home.Settings(mac, old.vlan(), old.qos(), old.spoofCheck()));
    }

    private void spoofCheck(PciAddress vf, boolean on) {
      set(vf, old -> new Home.Settings(old.mac(), old.vlan(), old.qos(), on));
    }

    private void vlan(PciAddress vf, int vlan, int qos) {
      set(vf, old -> new Home.Settings(old.mac(), vlan, qos, old.spoofCheck()));
    }

    @Override
    public void configure(PciAddress vf, MacAddress mac, VfOptions options) {
      mac(vf, mac.toString());
      spoofCheck(vf, true);
    }

    @Override
    public void mtu(PciAddress vf, int wanted) {
      requireHome(vf);
      Vf here = present(vf);
      if (here.now.mtu() != wanted) {
        act(() -> here.change(here.now.name(), wanted, here.settings()));
      }
    }

    @Override
    public void tag(PciAddress vf, VfVlan vlan) {
      vlan(vf, vlan.id(), vlan.qos());
    }

    @Override
    public void untag(PciAddress vf) {
      tag(vf, VfVlan.NONE);
    }

    @Override
    public void checkPod(String namespace) {
      if (!lives(namespace)) {
        throw new Failure(Failure.Kind.NOT_FOUND, namespace + " is gone");
      }
    }

    @Override
    public Optional<Hold.Seat> atHome(PciAddress vf) {
      boolean here = vf(vf).usable() && vf(vf).namespace.isEmpty();
      return here ? Optional.of(new Hold.Seat(vf(vf).number + 1, "")) : Optional.empty();
    }

    @Override
    public Hold.Seat attach(PciAddress vf, Hold hold, Optional<Hold.Seat> here) {
      checkPod(hold.namespace());
      if (!present(vf).namespace.equals(hold.namespace())) {
        requireHome(vf);
        act(() -> vf(vf).join(hold.namespace(), hold.interfaceName()));
      }
      return new Hold.Seat(vf(vf).number + 100, "");
    }

    @Override
    public void detach(PciAddress vf, Hold hold) {
      if (present(vf).namespace.equals(hold.namespace())) {
        act(() -> vf(vf).leave(hold.home().name()));
      }
      requireHome(vf);
    }

    @Override
    public void reset(PciAddress vf) {
      throw new Failure(Failure.Kind.CONFLICT, vf + " has driver '" + vf(vf).driver + "'");
    }

    /** In the order of {@link Nics#renew} and {@link Renewals#renew}. */
    @Override
    public void renew(PciAddress vf, Hold hold) {
      Vf here = vf(vf);
      if (here.usable()) {
        detach(vf, hold);
        mac(vf, Hardware.lentMac(vf, hold.home()).toString());
        act(here::unbind);
      }
      if (here.plugged) {
        act(() -> here.soiled = false);
        act(() -> here.driver = "iavf");
      }
      restore(vf, hold);
    }

    /** In the order of {@link Nics#restore} and {@link VfInterfaces#restore}. */
    @Override
    public void restore(PciAddress vf, Hold hold) {
      detach(vf, hold);
      Home wanted = hold.home();
      vlan(vf, wanted.settings().vlan(), wanted.settings().qos());
      mac(vf, wanted.settings().mac());
      spoofCheck(vf, wanted.settings().spoofCheck());
      Vf here = present(vf);
      if (here.up) {
        act(() -> here.up = false);
      }
      if (here.now.mtu() != wanted.mtu()) {
        act(() -> here.change(here.now.name(), wanted.mtu(), here.settings()));
      }
      if (!here.now.name().equals(wanted.name())) {
        act(() -> here.change(wanted.name(), here.now.mtu(), here.settings()));
      }
    }
  }
}
