package io.patchbay.torshims.rest;

import io.patchbay.base.FakeTime;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.rest.Controller;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.torshims.PortConfig.Trunk;
import io.patchbay.torshims.PortReading;
import io.patchbay.torshims.RestAccess;
import io.patchbay.torshims.SwitchEntry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/** A simulated switch behind a simulated controller on plain HTTP, and drivers for it. */
final class ControllerRig implements AutoCloseable {
  static final String TOKEN = "top/secret+0";

  final FakeTime switchTime = new FakeTime();
  final Stack opened = new Stack();
  final SimulatedSwitch tor = opened.push(fresh());
  final Controller controller = opened.push(Controller.start(TOKEN, Optional.empty()));
  private final Path token;

  ControllerRig(Path folder) throws IOException {
    this.token = Files.writeString(folder.resolve("token"), TOKEN + "\n");
    controller.put("leaf 1/a", tor.rest());
  }

  /** A switch in its factory configuration. */
  SimulatedSwitch fresh() {
    return SimulatedSwitch.start(
        new SwitchDescription(
            "tor-1",
            List.of(
                Port.bare("Ethernet1"),
                Port.access("Ethernet2", 10),
                Port.trunk("Ethernet3"),
                new Port("Ethernet4", "", "TRUNK", 0, 7, List.of("20..29", "40"))),
            Access.byPassword("unused", "unused")),
        switchTime);
  }

  RestSwitch driver() {
    return driver("5s");
  }

  RestSwitch driver(String rpcDeadline) {
    RestAccess access = new RestAccess("/fabric", "leaf 1/a", token.toString(), "", "", "", false);
    SwitchEntry entry =
        new SwitchEntry(
            "tor-1",
            "127.0.0.1:" + controller.port(),
            null,
            null,
            access,
            null,
            "",
            new SwitchEntry.Deadlines(rpcDeadline, "30s"));
    return opened.push(new RestSwitch(entry, access, Time.system()));
  }

  void token(String word) {
    try {
      Files.writeString(token, word);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Trunk trunk(Integer... vlans) {
    return new Trunk(new TreeSet<>(Arrays.asList(vlans)), OptionalInt.empty());
  }

  static PortReading read(RestSwitch driver, String port) {
    return driver.read(Set.of(port)).get(port);
  }

  @Override
  public void close() {
    opened.close();
  }
}
