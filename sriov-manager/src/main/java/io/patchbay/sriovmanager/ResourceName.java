package io.patchbay.sriovmanager;

import com.fasterxml.jackson.annotation.JsonCreator;
import io.patchbay.base.Failure;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The name a pod asks for a VF by: {@code domain/capability}, an extended resource in the kubelet's
 * sense (contracts/kubelet.md section 10).
 */
record ResourceName(Domain domain, Capability capability) implements Comparable<ResourceName> {
  /** Reads {@code domain/capability}. Throws {@link Failure} of kind INVALID. */
  static ResourceName parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw invalid(
          "resource name '" + text + "' has no slash; write for example example.com/100g");
    }
    return new ResourceName(
        Domain.of(text.substring(0, slash)), Capability.of(text.substring(slash + 1)));
  }

  /** Each domain with each capability. */
  static SortedSet<ResourceName> all(List<Domain> domains, List<Capability> capabilities) {
    SortedSet<ResourceName> names = new TreeSet<>();
    for (Domain domain : domains) {
      capabilities.forEach(capability -> names.add(new ResourceName(domain, capability)));
    }
    return names;
  }

  @Override
  public int compareTo(ResourceName other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return domain.text() + "/" + capability.text();
  }

  private static Failure invalid(String message) {
    return new Failure(Failure.Kind.INVALID, message);
  }

  /**
   * The part before the slash: a lower-case DNS-1123 subdomain of at most 244 characters (the quota
   * name {@code requests.<name>} must stay within 253), outside Kubernetes' own names.
   */
  record Domain(String text) {
    private static final Pattern FORM =
        Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
    private static final int LONGEST = 253 - "requests.".length();

    Domain {
      if (!FORM.matcher(text).matches()) {
        throw invalid(
            "service domain '"
                + text
                + "' is not a lower-case DNS name; write for example example.com");
      }
      if (text.length() > LONGEST) {
        throw invalid("service domain '" + text + "' is longer than " + LONGEST + " characters");
      }
      if (text.endsWith("kubernetes.io") || text.startsWith("requests.")) {
        throw invalid("service domain '" + text + "' is reserved by Kubernetes; use your own");
      }
    }

    /** Reads one from a config file, where an error then names its line. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Domain of(String text) {
      return new Domain(text);
    }
  }

  /**
   * The part behind the slash: 1 to 63 letters, digits, {@code - _ .}, beginning and ending with a
   * letter or digit. Upper case is legal.
   */
  record Capability(String text) {
    private static final Pattern FORM =
        Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");

    Capability {
      if (!FORM.matcher(text).matches()) {
        throw invalid(
            "capability '"
                + text
                + "' must be 1 to 63 letters, digits, '-', '_' or '.', with a letter or digit at"
                + " both ends");
      }
    }

    /** Reads one from a config file, where an error then names its line. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Capability of(String text) {
      return new Capability(text);
    }
  }
}
