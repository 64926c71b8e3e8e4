package io.patchbay.torshims.rest;

import io.grpc.stub.StreamObserver;
import io.patchbay.api.gnmi.SetRequest;
import io.patchbay.api.gnmi.SetResponse;
import io.patchbay.api.gnmiext.Commit;
import io.patchbay.api.gnmiext.CommitCancel;
import io.patchbay.api.gnmiext.CommitRequest;
import io.patchbay.api.gnmiext.Extension;
import io.patchbay.base.Time;
import io.patchbay.hwsim.rest.Controller;
import io.patchbay.torshims.RestAccess;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchDriverContractTest;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.TlsFiles;
import io.patchbay.torshims.gnmi.SwitchAuthority;
import java.io.IOException;
import java.util.Optional;
import org.bouncycastle.asn1.x509.GeneralName;

/** A controller asked by REST, over TLS. */
class RestContractTest extends SwitchDriverContractTest {
  @Override
  protected int serve() throws IOException {
    new SwitchAuthority(folder, "ca")
        .issue("controller", new GeneralName(GeneralName.iPAddress, "127.0.0.1"));
    TlsFiles shown = TlsFiles.read("", file("controller.pem"), file("controller.key"));
    Controller controller = opened.push(Controller.start(PASSWORD, Optional.of(shown.context())));
    controller.put(NAME, tor.rest());
    return controller.port();
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  @Override
  protected SwitchDriver driver(int port, String rpcDeadline) {
    RestAccess access = new RestAccess("", "", file("password"), file("ca.pem"), "", "", false);
    SwitchEntry entry =
        new SwitchEntry(
            NAME,
            "127.0.0.1:" + port,
            null,
            null,
            access,
            null,
            "",
            new SwitchEntry.Deadlines(rpcDeadline, "30s"));
    return new RestSwitch(entry, access, Time.system());
  }

  @Override
  protected boolean hears() {
    return false; // the contract has no neighbours yet
  }

  /** Who has begun something at the switch itself, past the controller, and not confirmed it. */
  @Override
  protected Runnable lockedByAStranger(int port) {
    Commit.Builder begin = Commit.newBuilder().setCommit(CommitRequest.getDefaultInstance());
    atTheSwitch(begin);
    Commit.Builder cancel = Commit.newBuilder().setCancel(CommitCancel.getDefaultInstance());
    return () -> atTheSwitch(cancel);
  }

  private void atTheSwitch(Commit.Builder what) {
    SetRequest request =
        SetRequest.newBuilder()
            .addExtension(Extension.newBuilder().setCommit(what.setId("stranger")))
            .build();
    tor.gnmi().set(request, new Done());
  }

  /** Whoever asked expects it to be done. */
  private record Done() implements StreamObserver<SetResponse> {
    @Override
    public void onNext(SetResponse response) {}

    @Override
    public void onError(Throwable problem) {
      throw new IllegalStateException(problem);
    }

    @Override
    public void onCompleted() {}
  }

  @Override
  protected String stranger() {
    return "awaits confirmation";
  }

  @Override
  protected boolean undoesByItself() {
    return false;
  }

  @Override
  protected boolean setsPorts() {
    return false;
  }
}
