package io.patchbay.mesh.policy;

import io.patchbay.base.Environment.Variable;
import java.util.List;

/** The part of a daemon's environment that names the policies for what a registry answers. */
public record RegistryClientPolicies(
    @Variable(
            name = "NSM_REGISTRY_CLIENT_POLICIES",
            fallback = PolicyFiles.REGISTRY_CLIENT,
            help = "Policies for what a registry answers: patterns of file names")
        List<String> patterns) {
  public RegistryClientPolicies {
    patterns = List.copyOf(patterns);
  }
}
