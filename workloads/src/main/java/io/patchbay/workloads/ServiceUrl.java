package io.patchbay.workloads;

import io.patchbay.base.Failure;
import io.patchbay.mesh.InterfaceNames;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a client asks for, as people write it (contracts/nsm.md 9.1): {@code
 * kernel://service@domain/interface?label=value&…}. Scheme, domain and interface may be left out.
 *
 * @param mechanism in upper case: KERNEL, VFIO, MEMIF
 * @param service with its domain: {@code service@domain}
 * @param interfaceName empty when the forwarder may choose
 * @param labels the query; repeated keys joined by commas
 */
public record ServiceUrl(
    String mechanism, String service, Optional<String> interfaceName, Map<String, String> labels) {
  /** The label that asks for a VF: its value is the resource's name (contracts/nsm.md 9.1). */
  static final String SRIOV_TOKEN = "sriovToken";

  private static final Pattern SERVICE = Pattern.compile("[^@:]+(@.+)?");
  private static final Pattern RESOURCE = Pattern.compile("[^/,\\s]+/[^/,\\s]+");

  private static final Pattern FORM =
      Pattern.compile(
          "(?:([A-Za-z][A-Za-z0-9+.-]*)://)?([^/?#\\s]+)(?:/([^/?#\\s]*))?(?:\\?([^#\\s]*))?");

  public ServiceUrl {
    labels = Map.copyOf(labels);
  }

  /** Reads one URL of the kernel mechanism, unless it says another. */
  public static ServiceUrl parse(String text) {
    return parse(text, "kernel");
  }

  /**
   * Reads one URL. Throws Failure INVALID saying what is wrong with it.
   *
   * @param mechanism the one meant when the URL does not say
   */
  public static ServiceUrl parse(String text, String mechanism) {
    Matcher matcher = FORM.matcher(text.strip());
    if (!matcher.matches()) {
      throw invalid(text, "write [kernel://]service[@domain]/interface[?label=value]");
    }
    return new ServiceUrl(
        Optional.ofNullable(matcher.group(1)).orElse(mechanism).toUpperCase(Locale.ROOT),
        service(text, matcher.group(2)),
        interfaceName(text, Optional.ofNullable(matcher.group(3)).orElse("")),
        labels(text, Optional.ofNullable(matcher.group(4)).orElse("")));
  }

  private static String service(String text, String service) {
    if (!SERVICE.matcher(service).matches()) {
      throw invalid(text, "'" + service + "' is not service or service@domain");
    }
    return service;
  }

  private static Optional<String> interfaceName(String text, String name) {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    try {
      InterfaceNames.check(name);
    } catch (Failure e) {
      throw invalid(text, Failure.text(e));
    }
    return Optional.of(name);
  }

  /** Reads a list as the annotation has it. */
  public static List<ServiceUrl> parseList(String text) {
    return parseList(text, "kernel");
  }

  /** Reads a list as {@code NSM_NETWORK_SERVICES} has it. */
  public static List<ServiceUrl> parseList(String text, String mechanism) {
    List<ServiceUrl> urls = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      if (!part.isBlank()) {
        urls.add(parse(part, mechanism));
      }
    }
    return List.copyOf(urls);
  }

  private static Map<String, String> labels(String text, String query) {
    Map<String, String> labels = new TreeMap<>();
    for (String pair : query.split("&", -1)) {
      if (pair.isEmpty()) {
        continue;
      }
      int equals = pair.indexOf('=');
      String key = decode(text, equals < 0 ? pair : pair.substring(0, equals));
      if (key.isEmpty()) {
        throw invalid(text, "a label without a name");
      }
      labels.merge(
          key, equals < 0 ? "" : decode(text, pair.substring(equals + 1)), (a, b) -> a + "," + b);
    }
    String resource = labels.get(SRIOV_TOKEN);
    if (resource != null && !RESOURCE.matcher(resource).matches()) {
      throw invalid(
          text, SRIOV_TOKEN + "='" + resource + "' is no resource; write domain/capability");
    }
    return labels;
  }

  private static String decode(String url, String part) {
    try {
      return URLDecoder.decode(part, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new Failure(
          Failure.Kind.INVALID, "network service URL '" + url + "': " + e.getMessage(), e);
    }
  }

  /** As it stands in a query; what may stand there as it is stays readable. */
  private static String encode(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("%2F", "/").replace("%3A", ":");
  }

  private static Failure invalid(String text, String why) {
    return new Failure(Failure.Kind.INVALID, "network service URL '" + text + "': " + why);
  }

  /** The URL again. */
  @Override
  public String toString() {
    StringBuilder text =
        new StringBuilder(mechanism.toLowerCase(Locale.ROOT)).append("://").append(service);
    interfaceName.ifPresent(name -> text.append('/').append(name));
    char separator = '?';
    for (Map.Entry<String, String> label : new TreeMap<>(labels).entrySet()) {
      text.append(separator)
          .append(encode(label.getKey()))
          .append('=')
          .append(encode(label.getValue()));
      separator = '&';
    }
    return text.toString();
  }
}
