package io.patchbay.torshims.netconf;

import com.fasterxml.jackson.databind.JsonNode;
import io.patchbay.base.FakeTime;
import io.patchbay.base.Json;
import io.patchbay.hwsim.netconf.Access;
import io.patchbay.hwsim.netconf.Capability;
import io.patchbay.hwsim.tor.OptionalModel;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import io.patchbay.hwsim.tor.SwitchDescription;
import io.patchbay.hwsim.tor.SwitchDescription.Port;
import io.patchbay.torshims.SwitchEntry;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;

/** The simulated switch. Its clock stands still: nothing is undone by a timer unawares. */
final class SimulatedTarget implements Target {
  private static final String POLICIES =
      """
      openconfig-acl:acl:
        acl-sets:
          acl-set:
            - {name: web, type: ACL_IPV4, config: {name: web, type: ACL_IPV4}}
            - {name: mail, type: ACL_L2, config: {name: mail, type: ACL_L2}}
      openconfig-qos:qos:
        scheduler-policies:
          scheduler-policy:
            - {name: gold, config: {name: gold}}
            - {name: silver, config: {name: silver}}
      """;

  final SimulatedSwitch tor;
  final FakeTime time = new FakeTime();
  private final Path folder;

  /**
   * Starts one whose login files are in a folder: {@code password}, {@code id} and {@code
   * hostkeys}.
   */
  SimulatedTarget(Path folder, Set<Capability> capabilities) {
    this.folder = folder;
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(256);
      KeyPair key = generator.generateKeyPair();
      Access access =
          new Access(
              "127.0.0.1",
              0,
              "shim",
              "secret",
              List.of(PublicKeyEntry.toString(key.getPublic())),
              "");
      List<Port> ports =
          List.of(
              Port.bare("Ethernet1"),
              Port.access("Ethernet2", 10),
              Port.trunk("Ethernet3"),
              new Port("Ethernet4", "", "TRUNK", 0, 7, List.of("20..29", "40")),
              Port.bare("Ethernet5"));
      tor =
          SimulatedSwitch.start(
              new SwitchDescription(
                  "tor-1",
                  ports,
                  access,
                  capabilities,
                  false,
                  EnumSet.allOf(OptionalModel.class),
                  Json.parseYaml("policies", POLICIES, JsonNode.class)),
              time);
      Files.writeString(folder.resolve("password"), "secret\n");
      Files.writeString(folder.resolve("hostkeys"), tor.hostKey() + "\n");
      try (OutputStream out = Files.newOutputStream(folder.resolve("id"))) {
        OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(key, "test", null, out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public SwitchEntry entry(String rpc, String confirm) {
    return entry("password", "", rpc, confirm);
  }

  /** With one of the two files, the other empty. */
  SwitchEntry entry(String passwordFile, String keyFile, String rpc, String confirm) {
    return new SwitchEntry(
        "tor-1",
        "127.0.0.1:" + tor.netconfAddress().getPort(),
        new SwitchEntry.Login(
            "shim",
            passwordFile.isEmpty() ? "" : folder.resolve(passwordFile).toString(),
            keyFile.isEmpty() ? "" : folder.resolve(keyFile).toString(),
            folder.resolve("hostkeys").toString()),
        null,
        new SwitchEntry.Deadlines(rpc, confirm));
  }

  @Override
  public void configure(NetconfSession session) {}

  @Override
  public void pass(Duration passing) {
    time.advance(passing);
  }

  @Override
  public void leaveAlone(Duration quiet) {
    time.advance(quiet);
  }

  @Override
  public void close() {
    tor.close();
  }
}
