package io.patchbay.torshims;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Journal;
import io.patchbay.base.Time;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Cause;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Connections;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.Sessions;
import io.patchbay.torshims.PortConfig.Raw;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.SwitchPorts.Ours;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.function.IntFunction;

/** The links that take ports, before two {@link FakeSwitch}es, with what they keep on disk. */
final class TwoSwitches implements AutoCloseable {
  static final PortConfig BEFORE = new Raw("factory");
  private static final Duration AUDIT = Duration.ofMinutes(1);

  final Map<String, FakeSwitch> fakes =
      Map.of("tor-1", new FakeSwitch(), "tor-2", new FakeSwitch());
  final Map<String, SwitchWriter> writers = new TreeMap<>();
  final History history;

  /** What services want of ports besides their VLAN. */
  volatile IntFunction<PortWish> wishes = vlan -> PortWish.NONE;

  private final Path folder;
  private final Function<Map<String, SwitchWriter>, List<Link>> links;
  private Journal fabric;
  Journal kept;
  Sessions sessions;
  private Chain chain;

  /**
   * @param folder where they keep it
   * @param links by the writers of the switches
   */
  TwoSwitches(Path folder, Function<Map<String, SwitchWriter>, List<Link>> links) {
    this.folder = folder;
    this.links = links;
    this.history = History.in(folder.resolve("history"));
    start();
  }

  /** As a process that starts. */
  void start() {
    fabric = Journal.open(folder.resolve("fabric"));
    kept = Journal.open(folder.resolve("sessions"));
    fakes.forEach((name, fake) -> writers.put(name, writer(name, fake)));
    sessions = Sessions.durable(Time.system(), kept);
    link();
    writers.values().forEach(SwitchWriter::start);
  }

  /** Has the links anew, for the writers that there are now. */
  void link() {
    List<Link> all = new ArrayList<>(List.of(sessions));
    all.addAll(links.apply(writers));
    all.add((call, next) -> call.connection());
    chain = Chain.of(all);
  }

  private SwitchWriter writer(String name, FakeSwitch fake) {
    HeardDriver heard = new HeardDriver(fake);
    Ours ours =
        new Ours(
            Set.of(), 4094, Set.of(), Map.of(), Set.of(), made -> {}, vlan -> wishes.apply(vlan));
    SwitchWriter.Sight deaf =
        Rig.deaf(name, new PortLinks(fabric, name, Set.of("p1", "p7"), Optional.empty()));
    return new SwitchWriter(
        name,
        new SwitchPorts(name, heard, new FormerPorts(fabric, name), ours),
        new SwitchWriter.Sight(deaf.lookout(), deaf.links(), heard::isSilent),
        new SwitchWriter.Terms(Duration.ofHours(1), AUDIT, CountDownLatch::await),
        new SwitchAccount(name, history, new CommitMeasures(), Time.system()),
        Time.system());
  }

  /** As a process that ends. */
  void stop() {
    writers.values().forEach(SwitchWriter::close);
    kept.close();
    fabric.close();
  }

  @Override
  public void close() {
    stop();
  }

  /** Asks for a service, whose VLAN is known, at a cable. */
  void request(String id, String service, int vlan, Cable cable, Duration patience) {
    Mechanism tagged = Plug.tagged(Plug.located(Mechanism.getDefaultInstance(), cable), vlan);
    Connection connection =
        Connections.arrived(id, Time.system()).toBuilder()
            .setNetworkService(service)
            .setMechanism(tagged)
            .build();
    var unused =
        chain.request(
            Call.of(connection, List.of(), new Cause.Asked(), Time.system().now().plus(patience)));
  }

  void close(String id) {
    sessions.close("here-" + id);
  }

  FakeSwitch first() {
    return fakes.get("tor-1");
  }

  FakeSwitch second() {
    return fakes.get("tor-2");
  }

  static Trunk trunk(Integer... vlans) {
    return new Trunk(new TreeSet<>(List.of(vlans)), OptionalInt.empty());
  }
}
