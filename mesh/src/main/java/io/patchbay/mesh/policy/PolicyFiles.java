package io.patchbay.mesh.policy;

import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the policies of a process by patterns of file names, as the variables {@code
 * NSM_*_POLICIES} hold them: each is a regular expression for a whole path ({@code
 * etc/nsm/opa/common/.*.rego}; contracts/nsm.md 4.2). Upstream's own files need not be there: where
 * a pattern fits one of them, ours takes its place, also where a file of that name is found.
 */
public final class PolicyFiles implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PolicyFiles.class);

  /** Policies of connections have no variable upstream; here they may be CEL as well. */
  private static final List<String> SERVER =
      List.of("etc/nsm/opa/common/.*\\.(rego|cel)", "etc/nsm/opa/server/.*\\.(rego|cel)");

  private static final List<String> CLIENT =
      List.of("etc/nsm/opa/common/.*\\.(rego|cel)", "etc/nsm/opa/client/.*\\.(rego|cel)");

  /** What {@code NSM_REGISTRY_SERVER_POLICIES} is when it is not set. */
  public static final String REGISTRY_SERVER =
      "etc/nsm/opa/common/.*.rego,etc/nsm/opa/registry/.*.rego,etc/nsm/opa/server/.*.rego";

  /** What {@code NSM_REGISTRY_CLIENT_POLICIES} is when it is not set. */
  public static final String REGISTRY_CLIENT =
      "etc/nsm/opa/common/.*.rego,etc/nsm/opa/registry/.*.rego,etc/nsm/opa/client/.*.rego";

  /** What {@code PATCHBAY_MONITOR_POLICIES} is when it is not set: whoever proves itself. */
  public static final String MONITOR =
      "etc/nsm/opa/common/tokens_valid.rego,etc/nsm/opa/common/tokens_expired.rego,"
          + "etc/nsm/opa/common/tokens_chained.rego,etc/nsm/opa/server/prev_token_signed.rego";

  /** The names of those: they look at tokens alone. */
  public static final List<String> PROOFS =
      Stream.of(MONITOR.split(","))
          .map(file -> file.substring(NativePolicies.FOLDER.length()))
          .toList();

  /** The name of the policy that shows a watcher its own connections; upstream does not ask it. */
  public static final String OWN_CONNECTIONS = "monitor/service_connection.rego";

  private static final Duration OPA_PATIENCE = Duration.ofSeconds(2);
  private static final int DEPTH_MAX = 8;
  private static final int FILES_MAX = 10_000;
  private static final long BYTES_MAX = 1 << 20;
  private static final Pattern PLAIN = Pattern.compile("[\\w.-]*");
  private static final Pattern PACKAGE =
      Pattern.compile("^\\s*package\\s+([\\w.]+)", Pattern.MULTILINE);

  private final Path root;
  private final Optional<OpaServer> opa;
  private final KnownTokens known;
  private final NativePolicies natives;

  /**
   * @param root where relative patterns begin; a daemon's own folder
   * @param opa an OPA server, which is then asked about every access. Throws Failure INVALID if it
   *     is not an http address
   */
  public PolicyFiles(Path root, Optional<URI> opa, Time time) {
    this(root, opa, OPA_PATIENCE, time);
  }

  PolicyFiles(Path root, Optional<URI> opa, Duration patience, Time time) {
    this.root = root;
    this.opa = opa.map(url -> new OpaServer(url, patience));
    this.known = new KnownTokens(time);
    this.natives = new NativePolicies(known);
  }

  /** The tokens that these policies have seen. */
  public KnownTokens known() {
    return known;
  }

  /** For requests and closes that arrive. Throws as {@link #find} does. */
  public Policies server() {
    return find(Access.Kind.CONNECTION, SERVER);
  }

  /** For answers to our own requests. Throws as {@link #find} does. */
  public Policies client() {
    return find(Access.Kind.CONNECTION, CLIENT);
  }

  /**
   * The policies that any of the patterns fits, in their order: ours, then files by name. Throws
   * Failure INVALID for a pattern that fits nothing, for Rego without an OPA server, and for a file
   * with a mistake in it.
   */
  public Policies find(Access.Kind kind, List<String> patterns) {
    List<String> files =
        patterns.stream().flatMap(each -> fitting(each).stream()).distinct().toList();
    if (files.isEmpty()) {
      log.warn("no policies: every {} access is allowed", kind);
    }
    List<Policy> policies = new ArrayList<>();
    for (String file : files) {
      Policy policy = policy(file, kind);
      if (policies.stream().map(Policy::name).noneMatch(policy.name()::equals)) {
        policies.add(policy);
      }
    }
    boolean asksOpa =
        files.stream().anyMatch(file -> ours(file).isEmpty() && file.endsWith(".rego"));
    if (!asksOpa) {
      opa.ifPresent(server -> policies.add(server.decision()));
    }
    return new Policies(policies);
  }

  private Policy policy(String file, Access.Kind kind) {
    Optional<Policy> ours = ours(file);
    if (ours.isPresent()) {
      return ours.get();
    }
    String text = text(file);
    if (file.endsWith(".cel")) {
      return CelPolicy.compile(file, text, kind);
    }
    if (!file.endsWith(".rego")) {
      throw invalid(file, "is neither .rego nor .cel; let no pattern fit it");
    }
    OpaServer server =
        opa.orElseThrow(() ->
            invalid(
                file,
                "is Rego, which only an OPA server evaluates: load it into one and give its"
                    + " address in PATCHBAY_OPA_URL, or write the policy in CEL, as a .cel file"));
    Matcher name = PACKAGE.matcher(text);
    if (!name.find()) {
      throw invalid(file, "names no package, by which the OPA server would know it");
    }
    return server.decisionOf(name.group(1));
  }

  private Optional<Policy> ours(String file) {
    return Optional.ofNullable(
        natives.byFile().get(file.startsWith("/") ? file.substring(1) : file));
  }

  /** The names that a pattern fits, of files that are there and of upstream's. */
  private Set<String> fitting(String pattern) {
    Pattern whole = compiled(pattern);
    String slash = pattern.startsWith("/") ? "/" : "";
    Set<String> names = new LinkedHashSet<>();
    Stream.concat(natives.byFile().keySet().stream().map(slash::concat), files(pattern).stream())
        .filter(name -> name.equals(pattern) || whole.matcher(name).matches())
        .forEach(names::add);
    if (names.isEmpty()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "no policy file fits '" + pattern + "' in " + root.toAbsolutePath());
    }
    return names;
  }

  private static Pattern compiled(String pattern) {
    try {
      return Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw new Failure(
          Failure.Kind.INVALID, "'" + pattern + "' is no pattern: " + e.getDescription(), e);
    }
  }

  /** All files below the last folder that the pattern names plainly. */
  private List<String> files(String pattern) {
    String folder = plainFolder(pattern);
    Path start = root.resolve(folder);
    if (!Files.isDirectory(start)) {
      return List.of();
    }
    try (Stream<Path> walk = Files.walk(start, DEPTH_MAX)) {
      List<String> found =
          walk.filter(file -> !isHidden(start.relativize(file)))
              .filter(Files::isRegularFile)
              .map(file -> folder + start.relativize(file))
              .limit(FILES_MAX + 1L)
              .sorted()
              .toList();
      if (found.size() > FILES_MAX) {
        throw invalid(start.toString(), "has more than " + FILES_MAX + " files in it");
      }
      return found;
    } catch (IOException | java.io.UncheckedIOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot look for policies in " + start + ": " + e, e);
    }
  }

  private static String plainFolder(String pattern) {
    int end = 0;
    for (int slash = pattern.indexOf('/'); slash >= 0; slash = pattern.indexOf('/', slash + 1)) {
      if (!PLAIN.matcher(pattern.substring(end, slash)).matches()) {
        break;
      }
      end = slash + 1;
    }
    return pattern.substring(0, end);
  }

  /** A mounted ConfigMap has each file twice: once in a hidden folder. */
  private static boolean isHidden(Path relative) {
    for (Path element : relative) {
      if (element.toString().startsWith(".")) {
        return true;
      }
    }
    return false;
  }

  private String text(String file) {
    Path path = root.resolve(file);
    try {
      if (Files.size(path) > BYTES_MAX) {
        throw invalid(file, "has more than " + BYTES_MAX + " bytes");
      }
      return Files.readString(path);
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "cannot read policy " + path + ": " + e, e);
    }
  }

  private static Failure invalid(String file, String what) {
    return new Failure(Failure.Kind.INVALID, "policy " + file + " " + what);
  }

  /** Ends what runs for the OPA server. */
  @Override
  public void close() {
    opa.ifPresent(OpaServer::close);
  }
}
