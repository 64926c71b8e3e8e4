package io.patchbay.registryproxy;

import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.mesh.registry.Registries;
import io.patchbay.mesh.registry.Registry;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Where the registries of other domains are: as the configuration says, else at the address that
 * the domain's name is, else as DNS says (contracts/nsm.md section 7). Keeps no state.
 */
final class Directory {
  private static final String REGISTRY = "registry.nsm-system.";
  private static final String MANAGER_PROXY = "nsmgr-proxy.nsm-system.";

  private final Map<String, Url> known;
  private final Optional<Dns> dns;
  private final Function<Url, Registries> reach;

  /**
   * @param known the registry of each domain that is not looked for
   * @param dns empty to know no others
   * @param reach makes the registries at an address
   */
  Directory(Map<String, Url> known, Optional<Dns> dns, Function<Url, Registries> reach) {
    this.known = new TreeMap<>(known);
    this.dns = dns;
    this.reach = reach;
  }

  /** Nobody knows any other domain. */
  static Directory empty() {
    return new Directory(
        Map.of(),
        Optional.empty(),
        url -> {
          throw new IllegalStateException("no domain leads to " + url);
        });
  }

  /**
   * The services of a domain. Throws {@link Failure} NOT_FOUND when nobody knows it, UNAVAILABLE
   * when DNS does not answer.
   */
  Registry<NetworkService> services(String domain) {
    return written(domain)
        .or(() -> byName(REGISTRY + domain).map(reach))
        .orElseThrow(() -> unknown(domain))
        .services();
  }

  /** The endpoints of a domain; behind its managers' proxy if DNS knows that. Throws the same. */
  Registry<NetworkServiceEndpoint> endpoints(String domain) {
    return written(domain)
        .map(Registries::endpoints)
        .or(() ->
            byName(REGISTRY + domain).map(reach).map(found -> proxied(found.endpoints(), domain)))
        .orElseThrow(() -> unknown(domain));
  }

  private Optional<Registries> written(String domain) {
    return Optional.ofNullable(known.get(domain)).or(() -> Dns.literal(domain)).map(reach);
  }

  private Optional<Url> byName(String name) {
    return dns.flatMap(names -> names.service(name));
  }

  private Registry<NetworkServiceEndpoint> proxied(
      Registry<NetworkServiceEndpoint> endpoints, String domain) {
    return byName(MANAGER_PROXY + domain)
        .<Registry<NetworkServiceEndpoint>>map(url -> new BehindProxy(endpoints, url.toString()))
        .orElse(endpoints);
  }

  private Failure unknown(String domain) {
    String names = known.isEmpty() ? "none" : String.join(", ", known.keySet());
    String asked = dns.isPresent() ? "; DNS has no " + REGISTRY + domain : "";
    return new Failure(
        Failure.Kind.NOT_FOUND, "unknown domain '" + domain + "'; known here: " + names + asked);
  }
}
