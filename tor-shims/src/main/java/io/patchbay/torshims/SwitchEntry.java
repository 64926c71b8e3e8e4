package io.patchbay.torshims;

import static java.util.Objects.requireNonNullElse;
import static java.util.Objects.requireNonNullElseGet;

import io.patchbay.base.Failure;
import io.patchbay.base.GoDuration;
import io.patchbay.base.Url;
import java.nio.file.Path;
import java.time.Duration;

/**
 * One switch of the switches file.
 *
 * @param address {@code host} or {@code host:port}; the port is 830 when not given (RFC 6242)
 */
public record SwitchEntry(String name, String address, Login login, Deadlines deadlines) {
  private static final int NETCONF_PORT = 830;

  /**
   * How to get in. Secrets are named by file and read at each connect, so that they can be replaced
   * while the shim runs; one of password and private key is given, the other is empty.
   *
   * @param hostKeyFile a file of known-host lines or {@code SHA256:} fingerprints, any of which the
   *     switch may show
   */
  public record Login(String user, String passwordFile, String keyFile, String hostKeyFile) {
    public Login {
      user = required("login.user", user);
      hostKeyFile = required("login.hostKeyFile", hostKeyFile);
      passwordFile = requireNonNullElse(passwordFile, "");
      keyFile = requireNonNullElse(keyFile, "");
      if (passwordFile.isEmpty() == keyFile.isEmpty()) {
        throw new Failure(
            Failure.Kind.INVALID, "give one of login.passwordFile and login.keyFile, not both");
      }
    }

    private Login beside(Path file) {
      return new Login(
          user, resolve(file, passwordFile), resolve(file, keyFile), resolve(file, hostKeyFile));
    }

    private static String resolve(Path file, String name) {
      return name.isEmpty() ? name : file.resolveSibling(name).toString();
    }
  }

  /**
   * How long things may take, written as {@code 10s}.
   *
   * @param rpc one answer of the switch
   * @param confirm the time after which the switch undoes a commit that was not confirmed; whole
   *     seconds count
   */
  public record Deadlines(String rpc, String confirm) {
    public Deadlines {
      rpc = requireNonNullElse(rpc, "10s");
      confirm = requireNonNullElse(confirm, "30s");
      if (GoDuration.parse(rpc).toMillis() < 1 || GoDuration.parse(confirm).toSeconds() < 1) {
        throw new Failure(
            Failure.Kind.INVALID, "deadlines: rpc is at least 1ms, confirm at least 1s");
      }
    }

    public Duration answer() {
      return GoDuration.parse(rpc);
    }

    public Duration confirmation() {
      return GoDuration.parse(confirm);
    }
  }

  public SwitchEntry {
    name = required("name", name);
    address = required("address", address);
    if (login == null) {
      throw new Failure(Failure.Kind.INVALID, "switch " + name + " has no 'login'");
    }
    deadlines = requireNonNullElseGet(deadlines, () -> new Deadlines("10s", "30s"));
    url(address).port();
  }

  private static String required(String field, String value) {
    if (value == null || value.isBlank()) {
      throw new Failure(Failure.Kind.INVALID, "a switch without '" + field + "'");
    }
    return value;
  }

  private static Url url(String address) {
    boolean bare = address.indexOf(':') < 0 || address.endsWith("]");
    return Url.parse(bare ? address + ":" + NETCONF_PORT : address);
  }

  public String host() {
    return url(address).host();
  }

  public int port() {
    return url(address).port();
  }

  /** The switch and where it is, as every message about it begins. */
  public String who() {
    return "switch " + name + " (" + host() + ":" + port() + ")";
  }

  /** The same entry with its files found in the folder of a file. */
  SwitchEntry beside(Path file) {
    return new SwitchEntry(name, address, login.beside(file), deadlines);
  }
}
