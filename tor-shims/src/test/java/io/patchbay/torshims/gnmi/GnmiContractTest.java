package io.patchbay.torshims.gnmi;

import io.grpc.Grpc;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.TlsServerCredentials;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmiext.Commit;
import io.patchbay.api.gnmiext.CommitCancel;
import io.patchbay.api.gnmiext.Extension;
import io.patchbay.base.Time;
import io.patchbay.hwsim.gnmi.GnmiLogin;
import io.patchbay.torshims.PortConfig;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchDriverContractTest;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanNames;
import java.io.IOException;
import java.util.Map;
import org.bouncycastle.asn1.x509.GeneralName;

/** gNMI with the commit extension; a subclass is without. */
class GnmiContractTest extends SwitchDriverContractTest {
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
    return server.getPort();
  }

  boolean confirms() {
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
    return new GnmiSwitch(entry, entry.gnmi(), "shim-1/tor-1", VlanNames.NUMBERS, Time.system());
  }

  /** Who changes something and does not confirm it. */
  @Override
  protected Runnable lockedByAStranger(int port) {
    SwitchEntry entry = entry(port, "5s");
    GnmiDoor door = opened.push(new GnmiDoor(entry, entry.gnmi()));
    GnmiCalls calls = new GnmiCalls(entry, door, () -> {});
    Commit.Builder change = Commit.newBuilder();
    change.getCommitBuilder().getRollbackDurationBuilder().setSeconds(600);
    calls.set(named(GnmiPort.edit(Map.of("Ethernet5", new PortConfig.Access(5))), change));
    Commit.Builder cancel = Commit.newBuilder().setCancel(CommitCancel.getDefaultInstance());
    return () -> calls.set(named(SetRequest.newBuilder(), cancel));
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
