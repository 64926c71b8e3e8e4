package io.patchbay.mesh.registry;

import io.patchbay.api.registry.Destination;
import io.patchbay.api.registry.Match;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.api.registry.NetworkServiceLabels;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which endpoints and which forwarders a service's matches allow a client (contracts/nsm.md 6.2).
 * Pure: labels and lists in, candidates out, in the order they came.
 */
public final class Selection {
  /** What a forwarder must be labelled when a match says nothing of it (fact 23). */
  private static final Map<String, String> FORWARDER_LABELS = Map.of("p2p", "true");

  /** The part of Go's templates that selectors use: a client's label. */
  private static final Pattern LABEL =
      Pattern.compile("\\{\\{\\s*(?:\\.(\\w+)|index\\s+\\.\\s+\"([^\"]*)\")\\s*}}");

  private Selection() {}

  /**
   * The endpoints that a client with these labels may be given. The first match for such a client
   * decides, or leaves it to the next; where none decides, all are allowed.
   */
  public static List<NetworkServiceEndpoint> endpoints(
      NetworkService service, Map<String, String> client, List<NetworkServiceEndpoint> all) {
    for (Match match : service.getMatchesList()) {
      if (!isFor(match, client)) {
        continue;
      }
      List<NetworkServiceEndpoint> routed =
          all.stream()
              .filter(endpoint -> isRouted(match, labels(endpoint, service.getName()), client))
              .toList();
      if (!routed.isEmpty()) {
        return routed;
      }
      if (!match.getFallthrough()) {
        return match.hasMetadata() && match.getRoutesCount() == 0 ? all : routed;
      }
    }
    return all;
  }

  /**
   * The forwarders that may serve a client with these labels. Without any match, all; otherwise
   * those with the labels that the first match for such a client asks for.
   *
   * @param forwarderService the service under which forwarders are registered and labelled
   */
  public static List<NetworkServiceEndpoint> forwarders(
      NetworkService service,
      String forwarderService,
      Map<String, String> client,
      List<NetworkServiceEndpoint> all) {
    if (service.getMatchesCount() == 0) {
      return all;
    }
    for (Match match : service.getMatchesList()) {
      if (!isFor(match, client)) {
        continue;
      }
      Map<String, String> wanted =
          match.getMetadata().getLabelsCount() == 0
              ? FORWARDER_LABELS
              : match.getMetadata().getLabelsMap();
      List<NetworkServiceEndpoint> fitting =
          all.stream()
              .filter(forwarder -> contains(labels(forwarder, forwarderService), wanted, client))
              .toList();
      if (!fitting.isEmpty() || !match.getFallthrough()) {
        return fitting;
      }
    }
    return List.of();
  }

  /** The labels that an endpoint has for one of its services. */
  public static Map<String, String> labels(NetworkServiceEndpoint endpoint, String service) {
    return endpoint
        .getNetworkServiceLabelsMap()
        .getOrDefault(service, NetworkServiceLabels.getDefaultInstance())
        .getLabelsMap();
  }

  private static boolean isFor(Match match, Map<String, String> client) {
    return contains(client, match.getSourceSelectorMap(), client);
  }

  private static boolean isRouted(
      Match match, Map<String, String> labels, Map<String, String> client) {
    return match.getRoutesList().stream()
        .map(Destination::getDestinationSelectorMap)
        .anyMatch(wanted -> contains(labels, wanted, client));
  }

  private static boolean contains(
      Map<String, String> labels, Map<String, String> wanted, Map<String, String> client) {
    return wanted.entrySet().stream()
        .allMatch(want -> {
          String is = labels.getOrDefault(want.getKey(), "");
          return labels.containsKey(want.getKey())
              && (is.equals(want.getValue()) || is.equals(filled(want.getValue(), client)));
        });
  }

  /** A selector's value with the client's labels put in; a label it does not have is empty. */
  private static String filled(String template, Map<String, String> client) {
    return LABEL
        .matcher(template)
        .replaceAll(found -> {
          String key = found.group(1) != null ? found.group(1) : found.group(2);
          return Matcher.quoteReplacement(client.getOrDefault(key, ""));
        });
  }
}
