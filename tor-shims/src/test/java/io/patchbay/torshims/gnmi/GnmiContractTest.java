package io.patchbay.torshims.gnmi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.Grpc;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.TlsServerCredentials;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmiext.Commit;
import io.patchbay.api.gnmiext.CommitCancel;
import io.patchbay.api.gnmiext.Extension;
import io.patchbay.base.Await;
import io.patchbay.base.Time;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.gnmi.GnmiLogin;
import io.patchbay.hwsim.tor.SwitchFaults;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchDriverContractTest;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanNames;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.Test;

/** gNMI with the commit extension; a subclass is without. */
class GnmiContractTest extends SwitchDriverContractTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private int port;

  @Override
  protected int serve() throws IOException {
    new SwitchAuthority(folder, "ca")
        .issue("tor-1", new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    Server server =
        Grpc.newServerBuilderForPort(
                0,
                TlsServerCredentials.create(
                    folder.resolve("tor-1.pem").toFile(), folder.resolve("tor-1.key").toFile()))
            .addService(ServerInterceptors.intercept(tor.gnmi(), new GnmiLogin(USER, PASSWORD)))
            .build()
            .start();
    opened.push(() -> {
      var unused = server.shutdownNow();
    });
    port = server.getPort();
    return port;
  }

  boolean confirms() {
    return true;
  }

  @Override
  protected boolean isToldOfChanges() {
    return true;
  }

  private SwitchEntry entry(int port, String rpcDeadline) {
    return new SwitchEntry(
        NAME,
        "127.0.0.1:" + port,
        new SwitchEntry.Login(USER, folder.resolve("password").toString(), "", ""),
        new SwitchEntry.Gnmi(folder.resolve("ca.pem").toString(), "", "", "", confirms()),
        new SwitchEntry.Deadlines(rpcDeadline, "30s"));
  }

  @Override
  protected SwitchDriver driver(int port, String rpcDeadline) {
    SwitchEntry entry = entry(port, rpcDeadline);
    return new GnmiSwitch(
        entry, entry.gnmi(), Set.of(LAG), "shim-1/tor-1", VlanNames.NUMBERS, Time.system());
  }

  /** Who changes something and does not confirm it. */
  @Override
  protected Runnable lockedByAStranger(int port) {
    SwitchEntry entry = entry(port, "5s");
    GnmiDoor door = opened.push(new GnmiDoor(entry, entry.gnmi()));
    GnmiPort words = new GnmiPort(Set.of());
    GnmiCalls calls = new GnmiCalls(entry, words, door, () -> {});
    Commit.Builder change = Commit.newBuilder();
    change.getCommitBuilder().getRollbackDurationBuilder().setSeconds(600);
    calls.set(named(words.edit(Map.of("Ethernet5", new PortConfig.Access(5)), Map.of()), change));
    Commit.Builder cancel = Commit.newBuilder().setCancel(CommitCancel.getDefaultInstance());
    return () -> calls.set(named(SetRequest.newBuilder(), cancel));
  }

  /** As some switches do of what is configured. */
  @Test
  void aSwitchThatTellsNoChangesTellsOfAHandBySamples() {
    tor.faults(new SwitchFaults(Duration.ZERO, false, true));
    AtomicInteger told = new AtomicInteger();
    SwitchDriver watched = opened.push(driver(port, "5s"));
    watched.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void lost() {}

          @Override
          public void portsChanged() {
            told.incrementAndGet();
          }
        });
    Trunk ours = new Trunk(new TreeSet<>(Set.of(100)), OptionalInt.empty());
    watched.apply(Map.of("Ethernet1", ours), PATIENCE);
    SwitchDriver stranger = opened.push(driver(port, "5s"));
    AtomicInteger hand = new AtomicInteger(10);
    Await.until(
        "it is told",
        PATIENCE,
        () -> { // the stream is begun with a look at links
          var unused = watched.links(Set.of("Ethernet1"));
          PortConfig other = new PortConfig.Access(hand.incrementAndGet());
          stranger.apply(Map.of("Ethernet1", other), PATIENCE);
          switchTime.advance(GnmiStream.SAMPLING);
          return told.get() > 0;
        });
  }

  /** Not before it has been asked: whoever is told asks again. */
  @Test
  void aLinkThatIsLostOrBackIsToldByItself() {
    Cable cable = opened.push(new Cable("cable"));
    tor.attach("Ethernet1", cable.switchEnd());
    AtomicInteger told = new AtomicInteger();
    SwitchDriver watched = opened.push(driver(port, "5s"));
    watched.watch(
        new SwitchDriver.Watcher() {
          @Override
          public void lost() {}

          @Override
          public void linksChanged() {
            told.incrementAndGet();
          }
        });
    assertEquals(Map.of("Ethernet1", true), watched.links(Set.of("Ethernet1")));
    AtomicBoolean out = new AtomicBoolean();
    Await.until(
        "it is told of a loss, or its end",
        PATIENCE,
        () -> { // the stream may still be on its way; each state lasts to the next look
          if (out.getAndSet(!out.get())) {
            cable.plug();
          } else {
            cable.unplug();
          }
          return told.get() > 0;
        });
    cable.plug();
    assertEquals(Map.of("Ethernet1", true), watched.links(Set.of("Ethernet1")));
    int before = told.get();
    cable.unplug();
    Await.until("and of each", PATIENCE, () -> told.get() > before);
    assertEquals(Map.of("Ethernet1", false), watched.links(Set.of("Ethernet1")));
  }

  private static SetRequest named(SetRequest.Builder set, Commit.Builder how) {
    return set.addExtension(Extension.newBuilder().setCommit(how.setId("stranger"))).build();
  }

  @Override
  protected String stranger() {
    return "awaits confirmation";
  }

  @Override
  protected boolean undoesByItself() {
    return confirms();
  }
}
