package io.patchbay.hwsim.kubelet;

import java.util.regex.Pattern;

/** Which names may stand for a countable resource of a node (contracts/kubelet.md section 10). */
final class ExtendedResource {
  /** 253, the most a DNS name may have, less {@code requests.}, which quotas put before it. */
  private static final int DOMAIN_MAX = 244;

  private static final String LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
  private static final Pattern DOMAIN = Pattern.compile(LABEL + "(\\." + LABEL + ")*");
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9]([-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?");

  private ExtendedResource() {}

  /** Whether devices can be counted under this name. */
  static boolean isLegal(String name) {
    int slash = name.indexOf('/');
    return slash > 0
        && slash <= DOMAIN_MAX
        && !isNative(name)
        && !name.startsWith("requests.")
        && DOMAIN.matcher(name.substring(0, slash)).matches()
        && NAME.matcher(name.substring(slash + 1)).matches();
  }

  /** Whether Kubernetes keeps this name for its own resources, such as {@code cpu}. */
  static boolean isNative(String name) {
    return name.indexOf('/') < 0 || name.contains("kubernetes.io/");
  }
}
