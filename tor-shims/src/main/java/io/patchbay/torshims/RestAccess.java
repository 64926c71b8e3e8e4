package io.patchbay.torshims;

import static java.util.Objects.requireNonNullElse;

import io.patchbay.base.Failure;
import java.nio.file.Path;

/**
 * How to ask a controller for a switch, by the contract of {@code docs/switch-controller-v1.yaml}:
 * the section {@code rest} of the switches file. Tokens and PEM files are read before each use, so
 * that they can be replaced while the shim runs.
 *
 * @param basePath what stands before {@code /v1} in the controller's paths, such as {@code
 *     /fabric}; left out: nothing
 * @param switchName what the controller calls the switch; left out: the entry's name
 * @param tokenFile its first line is the bearer token (RFC 6750); left out where there is a
 *     certificate
 * @param caFile who may have signed the controller's certificate, which must name the host of the
 *     address; left out only where there is no TLS
 * @param certificateFile what the shim shows, followed by who signed it; left out for nothing
 * @param keyFile its private key
 * @param plainHttp whether tokens and changes go over the network without TLS; it need not be said
 *     for a loopback address
 */
public record RestAccess(
    String basePath,
    String switchName,
    String tokenFile,
    String caFile,
    String certificateFile,
    String keyFile,
    Boolean plainHttp) {
  private static final int HTTPS_PORT = 443;
  private static final int HTTP_PORT = 80;

  public RestAccess {
    basePath = requireNonNullElse(basePath, "");
    switchName = requireNonNullElse(switchName, "");
    tokenFile = requireNonNullElse(tokenFile, "");
    caFile = requireNonNullElse(caFile, "");
    certificateFile = requireNonNullElse(certificateFile, "");
    keyFile = requireNonNullElse(keyFile, "");
    plainHttp = requireNonNullElse(plainHttp, false);
    if (!basePath.matches("(/[A-Za-z0-9._~-]+)*")) {
      throw invalid("rest.basePath '" + basePath + "': write it as /fabric, or leave it out");
    }
    if (certificateFile.isEmpty() != keyFile.isEmpty()) {
      throw invalid("rest.certificateFile and rest.keyFile go together");
    }
    if (tokenFile.isEmpty() && certificateFile.isEmpty()) {
      throw invalid("give rest.tokenFile, or rest.certificateFile and rest.keyFile, or all three");
    }
    if (caFile.isEmpty() && !certificateFile.isEmpty()) {
      throw invalid("rest.certificateFile needs TLS: give rest.caFile");
    }
    if (plainHttp && !caFile.isEmpty()) {
      throw invalid("rest.plainHttp: true is without TLS: leave it out, or rest.caFile");
    }
  }

  private static Failure invalid(String why) {
    return new Failure(Failure.Kind.INVALID, why);
  }

  /** Whether the controller is spoken to by TLS. */
  public boolean secured() {
    return !caFile.isEmpty();
  }

  int standardPort() {
    return secured() ? HTTPS_PORT : HTTP_PORT;
  }

  /** Throws {@link Failure} of kind INVALID where that host would be told secrets in the open. */
  void requireProtected(String host) {
    if (!secured() && !plainHttp && !Loopback.isHost(host)) {
      throw invalid(
          "rest.caFile is missing: give it, or rest.plainHttp: true if the token and all changes"
              + " may go to "
              + host
              + " without TLS");
    }
  }

  RestAccess beside(Path file) {
    return new RestAccess(
        basePath,
        switchName,
        SwitchEntry.resolve(file, tokenFile),
        SwitchEntry.resolve(file, caFile),
        SwitchEntry.resolve(file, certificateFile),
        SwitchEntry.resolve(file, keyFile),
        plainHttp);
  }
}
