package io.patchbay.torshims.netconf;

import io.patchbay.base.Time;
import io.patchbay.hwsim.netconfd.DebianNetconfd;
import io.patchbay.torshims.SwitchEntry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** {@link DebianNetconfd} with five ports. */
final class Netconfd implements Target {
  /**
   * How its first change goes: it loses what it has validated, which is seen, taken back and done
   * again.
   */
  static final List<String> ORDER =
      List.of(
          "cancel-commit",
          "get-config",
          "lock",
          "discard-changes",
          "get-config",
          "edit-config",
          "validate",
          "commit",
          "get-config",
          "cancel-commit",
          "discard-changes",
          "edit-config",
          "commit",
          "get-config",
          "commit",
          "unlock");

  private static final String PORTS =
      port("Ethernet1", "")
          + port("Ethernet2", vlans("ACCESS", "<access-vlan>10</access-vlan>"))
          + port("Ethernet3", vlans("TRUNK", ""))
          + port(
              "Ethernet4",
              vlans(
                  "TRUNK",
                  "<native-vlan>7</native-vlan>"
                      + "<trunk-vlans>20..29</trunk-vlans><trunk-vlans>40</trunk-vlans>"))
          + port("Ethernet5", "");

  private final DebianNetconfd server;

  /**
   * Starts it.
   *
   * @param folder an empty one, of a short name
   * @param options to netconfd, such as {@code --target=candidate}
   */
  Netconfd(Path folder, String... options) {
    this.server = DebianNetconfd.start(folder, options);
  }

  static String port(String name, String ethernet) {
    return "<interface><name>%1$s</name><config><name>%1$s</name><type xmlns:ianaift=\"%2$s\">%3$s</type><enabled>true</enabled></config>%4$s</interface>"
        .formatted(
            name, "urn:ietf:params:xml:ns:yang:iana-if-type", "ianaift:ethernetCsmacd", ethernet);
  }

  static String vlans(String mode, String leaves) {
    return "<ethernet xmlns=\"%s\"><switched-vlan xmlns=\"%s\"><config><interface-mode>%s</interface-mode>%s</config></switched-vlan></ethernet>"
        .formatted(OpenConfigPort.ETHERNET, OpenConfigPort.VLAN, mode, leaves);
  }

  @Override
  public SwitchEntry entry(String rpc, String confirm) {
    return new SwitchEntry(
        "tor-1",
        "127.0.0.1:" + server.port(),
        new SwitchEntry.Login(
            server.user(), "", server.keyFile().toString(), server.hostKeyFile().toString()),
        null,
        new SwitchEntry.Deadlines(rpc, confirm));
  }

  @Override
  public void configure(NetconfSession session) {
    NetconfSuite.configure(session, PORTS);
  }

  @Override
  public void pass(Duration time) {}

  /** Its timers run only while it has nothing else to do: to wait by asking would stop them. */
  @Override
  public void leaveAlone(Duration time) {
    try {
      Time.system().sleep(time.plusSeconds(2));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
