package io.patchbay.mesh.registry;

import com.nimbusds.jose.util.JSONObjectUtils;
import io.grpc.Context;
import io.grpc.Metadata;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.mesh.Paths.Token;
import io.patchbay.mesh.Tokens;
import java.text.ParseException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The tokens of all hops that a registration has passed, as they travel in the metadata {@code
 * path} of Register and Unregister (contracts/nsm.md 4.2). On the wire it is the JSON {@code
 * {"Index":0,"PathSegments":[{"token":"..."}]}}, its keys in exactly that case; a first call has a
 * null list.
 *
 * @param index the segment of the hop that holds the value: of the caller while it is under way, of
 *     the server while it is handled
 * @param tokens one JWT for each segment; the empty text where a peer sent none
 */
public record RegistryPath(int index, List<String> tokens) {
  /** What somebody sends who is the first to speak. */
  public static final RegistryPath EMPTY = new RegistryPath(0, List.of());

  static final Metadata.Key<String> HEADER =
      Metadata.Key.of("path", Metadata.ASCII_STRING_MARSHALLER);

  /** Chains of sixteen and more hops have been seen (contracts/nsm.md section 12). */
  static final int SEGMENTS_MAX = 128;

  private static final int CHARACTERS_MAX = 128 * 1024;

  private static final Context.Key<AtomicReference<RegistryPath>> CURRENT =
      Context.key("registry path");

  public RegistryPath {
    tokens = List.copyOf(tokens);
  }

  /**
   * The path of the registration that this thread handles, at our own segment, with what the next
   * hop has added if it was asked already; empty outside of a handler, where a path begins.
   */
  public static Optional<RegistryPath> current() {
    return Optional.ofNullable(CURRENT.get()).map(AtomicReference::get);
  }

  /** Does some work with this as the current path; {@link #keep} may replace it meanwhile. */
  <A> Handled<A> handle(Supplier<A> work) {
    AtomicReference<RegistryPath> held = new AtomicReference<>(this);
    Context mine = Context.current().withValue(CURRENT, held);
    Context before = mine.attach();
    try {
      return new Handled<>(work.get(), Objects.requireNonNull(held.get()));
    } finally {
      mine.detach(before);
    }
  }

  /** What some work gave, and the path after it. */
  record Handled<A>(A answer, RegistryPath path) {}

  /** The next hop has answered with this; it becomes the current path if it still fits there. */
  static boolean keep(RegistryPath answer) {
    @Nullable AtomicReference<RegistryPath> held = CURRENT.get();
    return held == null
        || answer.equals(held.updateAndGet(path -> path.index == answer.index ? answer : path));
  }

  /**
   * The path as the next hop sees it: the caller's token in the caller's segment, our own behind
   * it. Throws {@link Failure} INVALID when the index lies outside of the path, or it is too long.
   */
  RegistryPath arrive(Token caller, Token own) {
    if (tokens.isEmpty()) {
      return new RegistryPath(1, List.of(caller.jwt(), own.jwt()));
    }
    if (index < 0 || index >= tokens.size()) {
      throw invalid("Index " + index + " of " + tokens.size() + " segments");
    }
    int here = index + 1;
    if (here >= SEGMENTS_MAX) {
      throw invalid("more than " + SEGMENTS_MAX + " segments; do registries ask each other?");
    }
    List<String> moved = new ArrayList<>(tokens);
    moved.set(index, caller.jwt());
    if (here < moved.size()) {
      moved.set(here, own.jwt());
    } else {
      moved.add(own.jwt());
    }
    return new RegistryPath(here, moved);
  }

  /** The token of the hop behind ours, if the path goes on. */
  Optional<Token> next() {
    return index + 1 < tokens.size()
        ? Optional.of(new Token(tokens.get(index + 1), Instant.EPOCH))
        : Optional.empty();
  }

  /** The path with another token of our own. */
  RegistryPath withOwn(Token own) {
    List<String> changed = new ArrayList<>(tokens);
    changed.set(index, own.jwt());
    return new RegistryPath(index, changed);
  }

  /** The path as the caller gets it back. */
  RegistryPath depart() {
    return new RegistryPath(Math.max(0, index - 1), tokens);
  }

  /** Whose tokens these are, up to our own segment; the empty text for one that nobody can read. */
  public List<String> ids() {
    return tokens.subList(0, Math.min(index + 1, tokens.size())).stream()
        .map(jwt -> Tokens.subject(new Token(jwt, Instant.EPOCH)).orElse(""))
        .toList();
  }

  /** The path that came with a call; empty if none did. Throws {@link Failure} INVALID. */
  static Optional<RegistryPath> of(Metadata headers) {
    return Optional.ofNullable(headers.get(HEADER)).map(RegistryPath::parse);
  }

  /**
   * Reads the JSON; keys that nobody knows are passed over. Throws {@link Failure} INVALID, whose
   * text shows nothing of it: there are tokens in it.
   */
  public static RegistryPath parse(String json) {
    try {
      @Nullable Map<String, Object> path = JSONObjectUtils.parse(json, CHARACTERS_MAX);
      if (path == null) { // for the JSON null
        throw noObject();
      }
      return new RegistryPath(index(path.get("Index")), tokens(path.get("PathSegments")));
    } catch (ParseException e) {
      throw noObject();
    }
  }

  private static Failure noObject() {
    return invalid("not a JSON object of at most " + CHARACTERS_MAX + " characters");
  }

  private static int index(@Nullable Object value) {
    return switch (value) {
      case null -> 0;
      case Number number when number.doubleValue() == number.intValue() && number.intValue() >= 0 ->
          number.intValue();
      default -> throw invalid("Index is not a whole number from 0 on");
    };
  }

  private static List<String> tokens(@Nullable Object value) {
    return switch (value) {
      case null -> List.of();
      case List<?> segments when segments.size() <= SEGMENTS_MAX ->
          segments.stream().map(RegistryPath::token).toList();
      case List<?> segments ->
          throw invalid(segments.size() + " segments; at most " + SEGMENTS_MAX + " are read");
      default -> throw invalid("PathSegments is not a list");
    };
  }

  private static String token(@Nullable Object segment) {
    @Nullable Object token =
        switch (segment) {
          case null -> null;
          case Map<?, ?> fields -> fields.get("token");
          default -> throw invalid("a segment is not an object");
        };
    return switch (token) {
      case null -> "";
      case String jwt -> jwt;
      default -> throw invalid("a token is not a text");
    };
  }

  /** The JSON, on one line. */
  public String toJson() {
    Map<String, @Nullable Object> path = new LinkedHashMap<>();
    path.put("Index", index);
    path.put(
        "PathSegments",
        tokens.isEmpty() ? null : tokens.stream().map(jwt -> Map.of("token", jwt)).toList());
    return Json.write(path);
  }

  private static Failure invalid(String why) {
    return new Failure(Failure.Kind.INVALID, "metadata " + HEADER.name() + ": " + why);
  }

  @Override
  public String toString() {
    return "registry path of " + tokens.size() + " segments at " + index; // no token in a log
  }
}
