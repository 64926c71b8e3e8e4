package io.patchbay.mesh.registry;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.patchbay.api.registry.Destination;
import io.patchbay.api.registry.Match;
import io.patchbay.api.registry.Metadata;
import io.patchbay.api.registry.NetworkService;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Network services as people write them in YAML: one or more documents, each a plain spec or the
 * Kubernetes object around it (contracts/nsm.md 9.2). Pure.
 */
final class ServicesFile {
  private static final Pattern OBJECT = Pattern.compile("(?m)^[\\s{]*\"?apiVersion\"?\\s*:");

  private ServicesFile() {}

  /** All services of a file. Throws {@link Failure} INVALID with the file's name and the line. */
  static List<NetworkService> parse(String name, String text) {
    List<NetworkService> services = new ArrayList<>();
    for (String document : documents(text)) {
      NetworkService service = service(name, document);
      if (service.getName().isEmpty()) {
        long line = document.lines().takeWhile(String::isBlank).count() + 1;
        throw new Failure(
            Failure.Kind.INVALID, name + ":" + line + ": a network service without a name");
      }
      services.add(service);
    }
    return List.copyOf(services);
  }

  private static NetworkService service(String name, String document) {
    try {
      return OBJECT.matcher(document).find()
          ? Json.parseYaml(name, document, Wrapped.class).service()
          : Json.parseYaml(name, document, Spec.class).service();
    } catch (NullPointerException e) {
      throw new Failure(
          Failure.Kind.INVALID, name + ": a label or a route has a key but no value", e);
    }
  }

  /** Each document behind as many empty lines as it is lines down the file: errors then fit. */
  private static List<String> documents(String text) {
    List<String> documents = new ArrayList<>();
    StringBuilder document = new StringBuilder();
    int line = 0;
    for (String each : (text + "\n---").lines().toList()) {
      line++;
      if (!each.equals("---") && !each.startsWith("--- ")) {
        document.append(each).append('\n');
        continue;
      }
      if (!isNothing(document)) {
        documents.add(document.toString());
      }
      document = new StringBuilder("\n".repeat(line));
    }
    return documents;
  }

  private static boolean isNothing(CharSequence document) {
    return document
        .toString()
        .lines()
        .map(String::strip)
        .allMatch(line -> line.isEmpty() || line.startsWith("#"));
  }

  /** The object that {@code kubectl} knows. */
  private record Wrapped(
      @Nullable String apiVersion,
      @Nullable String kind,
      @Nullable Map<String, Object> metadata,
      @Nullable Spec spec) {
    private static final String VERSION = "networkservicemesh.io/v1";
    private static final String KIND = "NetworkService";

    Wrapped {
      if (!VERSION.equals(apiVersion) || !KIND.equals(kind)) {
        throw new IllegalArgumentException(
            "apiVersion " + apiVersion + ", kind " + kind + ": want " + VERSION + ", " + KIND);
      }
      Object own = spec == null || spec.name.isEmpty() ? null : spec.name;
      Object outer = metadata == null ? null : metadata.get("name");
      Object name = own == null ? outer : own;
      if (name == null) {
        throw new IllegalArgumentException("neither metadata.name nor spec.name is given");
      }
      spec =
          spec == null
              ? new Spec(name.toString(), null, null, null)
              : new Spec(name.toString(), spec.payload, spec.matches, spec.pathIds);
    }

    NetworkService service() {
      return Objects.requireNonNull(spec).service();
    }
  }

  private record Spec(
      String name,
      String payload,
      List<MatchSpec> matches,
      @JsonProperty("path_ids") List<String> pathIds) {
    Spec(
        @Nullable String name,
        @Nullable String payload,
        @Nullable List<MatchSpec> matches,
        @JsonProperty("path_ids") @Nullable List<String> pathIds) {
      this.name = Objects.requireNonNullElse(name, "");
      this.payload = Objects.requireNonNullElse(payload, "");
      this.matches = matches == null ? List.of() : List.copyOf(matches);
      this.pathIds = pathIds == null ? List.of() : List.copyOf(pathIds);
    }

    NetworkService service() {
      return NetworkService.newBuilder()
          .setName(name)
          .setPayload(payload)
          .addAllMatches(matches.stream().map(MatchSpec::match).toList())
          .addAllPathIds(pathIds)
          .build();
    }
  }

  private record MatchSpec(
      @JsonProperty("source_selector") @Nullable Map<String, String> sourceSelector,
      @Nullable List<RouteSpec> routes,
      @JsonProperty("fallthrough") @Nullable Boolean fallsThrough,
      @Nullable MetadataSpec metadata) {
    Match match() {
      Match.Builder match = Match.newBuilder().setFallthrough(Boolean.TRUE.equals(fallsThrough));
      if (sourceSelector != null) {
        match.putAllSourceSelector(sourceSelector);
      }
      if (routes != null) {
        routes.forEach(route -> match.addRoutes(route.destination()));
      }
      if (metadata != null) {
        match.setMetadata(metadata.metadata());
      }
      return match.build();
    }
  }

  private record RouteSpec(
      @JsonProperty("destination_selector") @Nullable Map<String, String> destinationSelector,
      @Nullable Integer weight) {
    Destination destination() {
      Destination.Builder destination = Destination.newBuilder();
      if (destinationSelector != null) {
        destination.putAllDestinationSelector(destinationSelector);
      }
      return destination.setWeight(weight == null ? 0 : weight).build();
    }
  }

  private record MetadataSpec(@Nullable Map<String, String> labels) {
    Metadata metadata() {
      return Metadata.newBuilder().putAllLabels(labels == null ? Map.of() : labels).build();
    }
  }
}
