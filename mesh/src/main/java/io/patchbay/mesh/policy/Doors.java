package io.patchbay.mesh.policy;

import io.patchbay.base.Time;
import io.patchbay.mesh.identity.Identities;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Who passes at a daemon, and whose answers it takes. Without an identity of its own nobody could
 * prove anything to it: then, in tests of something else, all doors are open. Safe for all threads.
 */
public final class Doors implements AutoCloseable {
  private final Optional<PolicyFiles> files;

  private Doors(Optional<PolicyFiles> files) {
    this.files = files;
  }

  /**
   * The doors of a daemon, with the policies that there are in its folder.
   *
   * @param opa {@code PATCHBAY_OPA_URL}; see {@link PolicyFiles}. Throws Failure INVALID if it is
   *     not an http address
   */
  public static Doors of(Optional<Identities> identities, Optional<URI> opa, Time time) {
    return new Doors(identities.map(present -> new PolicyFiles(Path.of(""), opa, time)));
  }

  /** For requests and closes that arrive. Throws as {@link PolicyFiles#find} does. */
  public Policies requests() {
    return files.map(PolicyFiles::server).orElse(Policies.NONE);
  }

  /** For answers to our own requests. Throws as {@link PolicyFiles#find} does. */
  public Policies answers() {
    return files.map(PolicyFiles::client).orElse(Policies.NONE);
  }

  /** For registrations that arrive. Throws as {@link PolicyFiles#find} does. */
  public Policies registrations(RegistryServerPolicies policies) {
    return registry(policies.patterns());
  }

  /** For what a registry answers to our own. Throws as {@link PolicyFiles#find} does. */
  public Policies answers(RegistryClientPolicies policies) {
    return registry(policies.patterns());
  }

  private Policies registry(List<String> patterns) {
    return files.map(found -> found.find(Access.Kind.REGISTRY, patterns)).orElse(Policies.NONE);
  }

  /** For whoever watches connections where no variable says more: it must prove who it is. */
  public Policies watches() {
    return watches(List.of(PolicyFiles.MONITOR.split(",")));
  }

  /**
   * For whoever watches connections.
   *
   * @param patterns {@code PATCHBAY_MONITOR_POLICIES}. Throws as {@link PolicyFiles#find} does
   */
  public Policies watches(List<String> patterns) {
    return files.map(found -> found.find(Access.Kind.MONITOR, patterns)).orElse(Policies.NONE);
  }

  @Override
  public void close() {
    files.ifPresent(PolicyFiles::close);
  }
}
