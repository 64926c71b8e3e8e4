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

  private static List<String> candidates(String name, Set<String> resources) {
    List<String> candidates = new ArrayList<>();
    int dot = name.indexOf('.');
    while (dot > 0 && candidates.isEmpty()) {
      String domain = name.substring(dot + 1) + "/";
      new TreeSet<>(resources)
          .stream().filter(resource -> resource.startsWith(domain)).forEach(candidates::add);
      dot = name.indexOf('.', dot + 1);
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
