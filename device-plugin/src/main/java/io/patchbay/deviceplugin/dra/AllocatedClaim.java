package io.patchbay.deviceplugin.dra;

import java.util.List;
import java.util.Optional;

/**
 * A ResourceClaim (contracts/kubelet.md section 8.3), as far as a driver needs it.
 *
 * @param pods the names of the pods that may use it, in its namespace; other users have no name
 *     here, but an empty text
 * @param results what was allocated, of all drivers; empty while nothing is
 * @param settings what class and claim say to drivers, the class first
 */
public record AllocatedClaim(
    String uid, List<String> pods, List<Result> results, List<Setting> settings) {
  /** Copies the lists. */
  public AllocatedClaim {
    pods = List.copyOf(pods);
    results = List.copyOf(results);
    settings = List.copyOf(settings);
  }

  /**
   * A device of the claim.
   *
   * @param request the claim's request that it answers, or request/subrequest
   * @param admin whether it is for looking only, and others may have it meanwhile
   * @param share tells shares of one device apart; empty for a whole one
   */
  public record Result(
      String request, String driver, String pool, String device, boolean admin, String share) {
    /** The request without the alternative of it that was chosen. */
    String mainRequest() {
      int slash = request.indexOf('/');
      return slash < 0 ? request : request.substring(0, slash);
    }
  }

  /**
   * What one driver is told about devices.
   *
   * @param requests for which requests; empty for all
   * @param resourceName under which name a VF is to be had: domain/capability
   */
  public record Setting(String driver, List<String> requests, String resourceName) {
    /** Copies the list. */
    public Setting {
      requests = List.copyOf(requests);
    }

    private boolean isFor(Result result) {
      return driver.equals(result.driver)
          && (requests.isEmpty()
              || requests.contains(result.request)
              || requests.contains(result.mainRequest()));
    }
  }

  /** Under which name a device is to be had; the last word counts. */
  Optional<String> resourceName(Result result) {
    return settings.stream()
        .filter(setting -> setting.isFor(result))
        .map(Setting::resourceName)
        .reduce((before, after) -> after);
  }
}
