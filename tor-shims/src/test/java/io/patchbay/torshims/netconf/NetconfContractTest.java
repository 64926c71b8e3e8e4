package io.patchbay.torshims.netconf;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Journal;
import io.patchbay.base.Time;
import io.patchbay.torshims.SwitchDriver;
import io.patchbay.torshims.SwitchDriverContractTest;
import io.patchbay.torshims.SwitchEntry;
import io.patchbay.torshims.VlanNames;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Set;

/** NETCONF's candidate datastore with confirmed commits. */
class NetconfContractTest extends SwitchDriverContractTest {
  private final SshDoor door = opened.push(new SshDoor());

  private Journal journal;

  @Override
  protected int serve() throws IOException {
    if (journal == null) {
      journal = opened.push(Journal.open(folder.resolve("undo")));
    }
    Files.writeString(folder.resolve("hostkeys"), tor.hostKey() + "\n");
    return tor.netconfAddress().getPort();
  }

  @Override
  protected SwitchDriver driver(int port, String rpcDeadline) {
    UndoLog undo = new UndoLog(journal, NAME);
    return new NetconfSwitch(
        entry(port, rpcDeadline),
        door,
        Set.of(LAG),
        "shim-1/tor-1",
        undo,
        VlanNames.NUMBERS,
        Time.system());
  }

  @Override
  protected boolean isToldOfChanges() {
    return true;
  }

  private SwitchEntry entry(int port, String rpcDeadline) {
    return new SwitchEntry(
        NAME,
        "127.0.0.1:" + port,
        new SwitchEntry.Login(
            USER, folder.resolve("password").toString(), "", folder.resolve("hostkeys").toString()),
        null,
        new SwitchEntry.Deadlines(rpcDeadline, "30s"));
  }

  @Override
  protected Runnable lockedByAStranger(int port) {
    NetconfSession stranger =
        opened.push(
            new NetconfSession(
                "stranger", door.open(entry(port, "5s")), Time.system(), Duration.ofSeconds(5)));
    assertTrue(stranger.call(Operations.LOCK).done());
    return () -> assertTrue(stranger.call(Operations.UNLOCK).done());
  }

  @Override
  protected String stranger() {
    return "held by session ";
  }
}
