package io.patchbay.mesh.policy;

import io.patchbay.base.Environment.Variable;
import java.util.List;

/** The part of a daemon's environment that names the policies for registrations that arrive. */
public record RegistryServerPolicies(
    @Variable(
            name = "NSM_REGISTRY_SERVER_POLICIES",
            fallback = PolicyFiles.REGISTRY_SERVER,
            help = "Policies for registrations that arrive: patterns of file names")
        List<String> patterns) {
  public RegistryServerPolicies {
    patterns = List.copyOf(patterns);
  }
}
