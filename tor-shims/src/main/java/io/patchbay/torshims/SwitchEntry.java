package io.patchbay.torshims;

import static java.util.Objects.requireNonNullElse;
import static java.util.Objects.requireNonNullElseGet;

import io.patchbay.base.Failure;
import io.patchbay.base.GoDuration;
import io.patchbay.base.Url;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One switch of the switches file.
 *
 * @param address {@code host} or {@code host:port}; the port is 830 for NETCONF (RFC 6242), 9339
 *     for gNMI (IANA), 161 for SNMP and that of its scheme for a controller when not given
 * @param login how to get in; may be left out where a certificate of {@code gnmi} does, and is
 *     where there is {@code rest} or {@code snmp}
 * @param gnmi how to speak gNMI to it; left out for NETCONF
 * @param rest how to ask the controller that is at the address for it; left out where the switch
 *     itself is spoken to
 * @param snmp how to speak SNMP to it; left out for the others
 * @param networkInstance of which network instance the shim makes the VLANs that it needs, for a
 *     switch that forwards none it has not been told of; empty when left out: somebody else does
 */
public record SwitchEntry(
    String name,
    String address,
    @Nullable Login login,
    @Nullable Gnmi gnmi,
    @Nullable RestAccess rest,
    @Nullable SnmpAccess snmp,
    String networkInstance,
    Deadlines deadlines) {
  private static final int NETCONF_PORT = 830;
  private static final int SNMP_PORT = 161;
  private static final int GNMI_PORT = 9339;

  /** Less than that is a switch that has just changed its supervisor. */
  private static final Duration LOST_LEAST = Duration.ofSeconds(10);

  /**
   * How to get in. Secrets are named by file and read at each connect, so that they can be replaced
   * while the shim runs; one of password and private key is given, the other is empty.
   *
   * @param keyFile for NETCONF only
   * @param hostKeyFile a file of known-host lines or {@code SHA256:} fingerprints, any of which the
   *     switch may show; for NETCONF only, which needs it
   */
  public record Login(String user, String passwordFile, String keyFile, String hostKeyFile) {
    public Login {
      user = required("login.user", user);
      hostKeyFile = requireNonNullElse(hostKeyFile, "");
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
  }

  /**
   * What gNMI needs besides a login. All files are PEM, and read at each connect.
   *
   * @param caFile who may have signed the switch's certificate
   * @param serverName what that certificate must name; the host of the address when left out
   * @param certificateFile what the shim shows, followed by who signed it; left out for nothing
   * @param keyFile its private key
   * @param confirmsCommits whether the switch knows the commit extension: one that does not would
   *     keep every change without a word, so it cannot be found out by trying
   */
  public record Gnmi(
      String caFile,
      String serverName,
      String certificateFile,
      String keyFile,
      Boolean confirmsCommits) {
    public Gnmi {
      caFile = required("gnmi.caFile", caFile);
      serverName = requireNonNullElse(serverName, "");
      certificateFile = requireNonNullElse(certificateFile, "");
      keyFile = requireNonNullElse(keyFile, "");
      confirmsCommits = requireNonNullElse(confirmsCommits, false);
      if (certificateFile.isEmpty() != keyFile.isEmpty()) {
        throw new Failure(
            Failure.Kind.INVALID, "gnmi.certificateFile and gnmi.keyFile go together");
      }
    }

    private Gnmi beside(Path file) {
      return new Gnmi(
          resolve(file, caFile),
          serverName,
          resolve(file, certificateFile),
          resolve(file, keyFile),
          confirmsCommits);
    }
  }

  static String resolve(Path file, String name) {
    return name.isEmpty() ? name : file.resolveSibling(name).toString();
  }

  /**
   * How long things may take, written as {@code 10s}.
   *
   * @param rpc one answer of the switch
   * @param confirm the time after which the switch undoes a commit that was not confirmed; whole
   *     seconds count
   * @param lost the time after which a switch that does not answer counts as dead, and its ports as
   *     failed; never when left out, for what forwards packets may well be alive
   */
  public record Deadlines(String rpc, String confirm, @Nullable String lost) {
    /** For a switch that never counts as dead. */
    public Deadlines(String rpc, String confirm) {
      this(rpc, confirm, null);
    }

    public Deadlines {
      rpc = requireNonNullElse(rpc, "10s");
      confirm = requireNonNullElse(confirm, "30s");
      if (GoDuration.parse(rpc).toMillis() < 1 || GoDuration.parse(confirm).toSeconds() < 1) {
        throw new Failure(
            Failure.Kind.INVALID, "deadlines: rpc is at least 1ms, confirm at least 1s");
      }
      if (lost != null && GoDuration.parse(lost).compareTo(LOST_LEAST) < 0) {
        throw new Failure(
            Failure.Kind.INVALID,
            "deadlines: lost is at least " + LOST_LEAST.toSeconds() + "s, or is left out");
      }
    }

    public Duration answer() {
      return GoDuration.parse(rpc);
    }

    /** After how long without an answer it counts as dead; empty for never. */
    public Optional<Duration> loss() {
      return Optional.ofNullable(lost).map(GoDuration::parse);
    }

    public Duration confirmation() {
      return GoDuration.parse(confirm);
    }

    /** How long a confirmation may be kept back: there must be time left to give it. */
    public Duration agreement() {
      return confirmation().dividedBy(3);
    }
  }

  /** Whether more of a port can be set there than its VLANs. */
  boolean setsPorts() {
    return rest == null && snmp == null;
  }

  public SwitchEntry {
    name = required("name", name);
    address = required("address", address);
    if (snmp != null) {
      checkSnmp(name, login, gnmi, rest);
    } else if (rest != null) {
      checkRest(name, login, gnmi);
    } else if (gnmi == null) {
      checkNetconf(name, login);
    } else {
      checkGnmi(name, login, gnmi);
    }
    networkInstance = requireNonNullElse(networkInstance, "");
    if (!networkInstance.isEmpty() && (rest != null || snmp != null)) {
      throw new Failure(
          Failure.Kind.INVALID,
          "switch "
              + name
              + (rest == null
                  ? ": 'networkInstance' does not go with 'snmp': there all VLANs are made that"
                      + " are missing"
                  : ": 'networkInstance' does not go with 'rest': VLANs are made by the"
                      + " controller"));
    }
    deadlines = requireNonNullElseGet(deadlines, () -> new Deadlines("10s", "30s"));
    String host = url(address, NETCONF_PORT).host();
    url(address, NETCONF_PORT).port();
    if (rest != null) {
      rest.requireProtected(host);
    }
  }

  /** A switch that is spoken to itself. */
  public SwitchEntry(
      String name,
      String address,
      @Nullable Login login,
      @Nullable Gnmi gnmi,
      Deadlines deadlines) {
    this(name, address, login, gnmi, null, null, "", deadlines);
  }

  private static void checkSnmp(
      String name, @Nullable Login login, @Nullable Gnmi gnmi, @Nullable RestAccess rest) {
    if (login != null || gnmi != null || rest != null) {
      throw new Failure(
          Failure.Kind.INVALID,
          "switch "
              + name
              + ": 'snmp' goes with neither 'login' nor 'gnmi' nor 'rest'; its user is snmp.user");
    }
  }

  private static void checkRest(String name, @Nullable Login login, @Nullable Gnmi gnmi) {
    if (login != null || gnmi != null) {
      throw new Failure(
          Failure.Kind.INVALID,
          "switch "
              + name
              + ": 'rest' goes with neither 'login' nor 'gnmi'; its token is rest.tokenFile");
    }
  }

  private static void checkNetconf(String name, @Nullable Login login) {
    if (login == null) {
      throw new Failure(Failure.Kind.INVALID, "switch " + name + " has no 'login'");
    }
    required("login.hostKeyFile", login.hostKeyFile());
  }

  private static void checkGnmi(String name, @Nullable Login login, Gnmi gnmi) {
    if (login == null && gnmi.certificateFile().isEmpty()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "switch " + name + " has neither 'login' nor 'gnmi.certificateFile'");
    }
    if (login != null && !(login.keyFile().isEmpty() && login.hostKeyFile().isEmpty())) {
      throw new Failure(
          Failure.Kind.INVALID,
          "switch " + name + ": login.keyFile and login.hostKeyFile are for NETCONF, not for gNMI");
    }
  }

  static String required(String field, @Nullable String value) {
    if (value == null || value.isBlank()) {
      throw new Failure(Failure.Kind.INVALID, "a switch without '" + field + "'");
    }
    return value;
  }

  private static Url url(String address, int port) {
    boolean bare = address.indexOf(':') < 0 || address.endsWith("]");
    return Url.parse(bare ? address + ":" + port : address);
  }

  private Url url() {
    if (rest != null) {
      return url(address, rest.standardPort());
    }
    if (snmp != null) {
      return url(address, SNMP_PORT);
    }
    return url(address, gnmi == null ? NETCONF_PORT : GNMI_PORT);
  }

  /** Whether the switch is spoken to by NETCONF. */
  boolean byNetconf() {
    return gnmi == null && rest == null && snmp == null;
  }

  /** The login of a switch that speaks NETCONF. */
  public Login sshLogin() {
    return Objects.requireNonNull(login, "a switch that speaks NETCONF has a login");
  }

  public String host() {
    return url().host();
  }

  public int port() {
    return url().port();
  }

  /** The switch and where it is, as every message about it begins. */
  public String who() {
    return "switch " + name + " (" + host() + ":" + port() + ")";
  }

  /** The same entry with its files found in the folder of a file. */
  SwitchEntry beside(Path file) {
    return new SwitchEntry(
        name,
        address,
        login == null ? null : login.beside(file),
        gnmi == null ? null : gnmi.beside(file),
        rest == null ? null : rest.beside(file),
        snmp == null ? null : snmp.beside(file),
        networkInstance,
        deadlines);
  }
}
