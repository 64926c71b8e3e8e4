package io.patchbay.mesh.registry;

import io.patchbay.api.registry.Destination;
import io.patchbay.api.registry.Match;
import io.patchbay.api.registry.Metadata;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.api.registry.NetworkServiceLabels;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Services and endpoints in few words, for tests. */
public final class Entries {
  private Entries() {}

  /** An endpoint that serves these services. */
  public static NetworkServiceEndpoint endpoint(String name, String url, String... services) {
    return NetworkServiceEndpoint.newBuilder()
        .setName(name)
        .setUrl(url)
        .addAllNetworkServiceNames(List.of(services))
        .build();
  }

  /** The endpoint with labels for one service, written {@code k=v}. */
  public static NetworkServiceEndpoint labelled(
      NetworkServiceEndpoint endpoint, String service, String... labels) {
    return endpoint.toBuilder()
        .putNetworkServiceLabels(
            service, NetworkServiceLabels.newBuilder().putAllLabels(labels(labels)).build())
        .build();
  }

  /** A service with these matches. */
  public static NetworkService service(String name, Match... matches) {
    return NetworkService.newBuilder().setName(name).addAllMatches(List.of(matches)).build();
  }

  /** A match for clients with these labels. */
  public static Match.Builder match(String... source) {
    return Match.newBuilder().putAllSourceSelector(labels(source));
  }

  /** A route to endpoints with these labels. */
  public static Destination to(String... labels) {
    return Destination.newBuilder().putAllDestinationSelector(labels(labels)).build();
  }

  /** What a match says of forwarders. */
  public static Metadata metadata(String... labels) {
    return Metadata.newBuilder().putAllLabels(labels(labels)).build();
  }

  /** A map from {@code k=v}. */
  public static Map<String, String> labels(String... labels) {
    Map<String, String> map = new LinkedHashMap<>();
    Arrays.stream(labels).map(l -> l.split("=", 2)).forEach(l -> map.put(l[0], l[1]));
    return map;
  }
}
