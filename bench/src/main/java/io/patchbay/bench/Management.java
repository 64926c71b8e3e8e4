package io.patchbay.bench;

import io.grpc.Grpc;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.TlsServerCredentials;
import io.patchbay.base.Stack;
import io.patchbay.hwsim.gnmi.GnmiLogin;
import io.patchbay.hwsim.tor.SimulatedSwitch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a shim speaks with a simulated switch. */
enum Management {
  NETCONF {
    @Override
    String serve(SimulatedSwitch tor, String name, Path folder, Stack opened) throws IOException {
      Files.writeString(folder.resolve(name + ".keys"), tor.hostKey() + "\n");
      return "address: '127.0.0.1:%d', login: {user: %s, passwordFile: %s, hostKeyFile: %s.keys}"
          .formatted(tor.netconfAddress().getPort(), USER, PASSWORD_FILE, name);
    }
  },
  GNMI {
    @Override
    String serve(SimulatedSwitch tor, String name, Path folder, Stack opened) throws IOException {
      LoopbackCertificate.write(folder, name);
      Server server =
          Grpc.newServerBuilderForPort(
                  0,
                  TlsServerCredentials.create(
                      folder.resolve(name + ".pem").toFile(),
                      folder.resolve(name + ".key").toFile()))
              .addService(ServerInterceptors.intercept(tor.gnmi(), new GnmiLogin(USER, USER)))
              .build()
              .start();
      opened.push(() -> {
        var unused = server.shutdownNow();
      });
      return "address: '127.0.0.1:%d', login: {user: %s, passwordFile: %s}, gnmi: {caFile: %s.pem}"
          .formatted(server.getPort(), USER, PASSWORD_FILE, name);
    }
  };

  /** Who may change the switches; the password is the same. */
  static final String USER = "bench";

  /** Where the password is. */
  static final String PASSWORD_FILE = "password";

  /**
   * Has the switch served, until {@code opened} is closed.
   *
   * @param folder for the files that a shim needs for it, where the list of switches is
   * @return what an entry of that list says besides the name
   */
  abstract String serve(SimulatedSwitch tor, String name, Path folder, Stack opened)
      throws IOException;
}
