package io.patchbay.workloads;

import io.patchbay.base.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * How the dotted name of a service of the physical network finds its domain and its hardware: the
 * longest ending that is the domain of a resource the pod asks for ({@code myns.example.com} and
 * {@code example.com/100g}). Pure.
 */
final class PhysicalName {
  private PhysicalName() {}

  /**
   * The service as a URL would say it.
   *
   * @param resources what the pod asks for, {@code domain/capability}
   * @throws Failure INVALID when no resource fits, or, naming them, when several do
   */
  static ServiceUrl resolve(String name, Set<String> resources, String interfaceName) {
    List<String> candidates = candidates(name, resources);
    if (candidates.size() != 1) {
      throw new Failure(
          Failure.Kind.INVALID,
          name + ": " + (candidates.isEmpty() ? none(resources) : several(candidates)));
    }
    String resource = candidates.getFirst();
    String domain = resource.substring(0, resource.indexOf('/'));
    String service = name.substring(0, name.length() - domain.length() - 1);
    return new ServiceUrl(
        "KERNEL",
        service + "@" + domain,
        Optional.of(interfaceName),
        Map.of(ServiceUrl.SRIOV_TOKEN, resource));
  }

  /** The resources are few, while a name may be as long as somebody likes: it is read once each. */
  private static List<String> candidates(String name, Set<String> resources) {
    List<String> candidates = new ArrayList<>();
    int longest = 1;
    for (String resource : new TreeSet<>(resources)) {
      String domain = resource.substring(0, Math.max(0, resource.indexOf('/')));
      if (domain.length() < longest || name.startsWith(".") || !name.endsWith("." + domain)) {
        continue;
      }
      if (domain.length() > longest) {
        candidates.clear();
        longest = domain.length();
      }
      candidates.add(resource);
    }
    return candidates;
  }

  private static String none(Set<String> resources) {
    return "no resource that the pod asks for has a domain that ends it; the pod asks for "
        + (resources.isEmpty() ? "none" : String.join(", ", new TreeSet<>(resources)));
  }

  private static String several(List<String> candidates) {
    return String.join(" and ", candidates)
        + " could be meant; write "
        + Injection.URLS
        + ": kernel://service@domain/interface?"
        + ServiceUrl.SRIOV_TOKEN
        + "=<resource> instead";
  }
}
