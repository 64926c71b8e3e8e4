package io.patchbay.hwsim.kubelet;

import io.patchbay.api.deviceplugin.ContainerAllocateResponse;
import java.util.List;
import java.util.Map;

/**
 * What a container gets with its devices: the ids per resource, and the plugins' answers joined
 * into one.
 */
public record Grant(Map<String, List<String>> ids, ContainerAllocateResponse response) {
  public Grant {
    ids = Map.copyOf(ids);
  }

  /** The variables to put into the container's environment; names may contain slashes. */
  public Map<String, String> environment() {
    return response.getEnvsMap();
  }
}
