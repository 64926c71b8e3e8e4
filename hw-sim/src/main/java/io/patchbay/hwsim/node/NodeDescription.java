package io.patchbay.hwsim.node;

import io.patchbay.base.Json;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A host that also has NICs and a kubelet, so that pods can be scheduled to it. */
public record NodeDescription(
    HostDescription host, Map<String, String> labels, List<PfDescription> nics) {
  public NodeDescription(
      @Nullable HostDescription host,
      @Nullable Map<String, String> labels,
      @Nullable List<PfDescription> nics) {
    if (host == null) {
      throw Check.wrong("host", "is missing");
    }
    this.host = host;
    this.labels = Check.map(labels);
    this.nics = Check.list(nics);
    Check.Unique addresses = new Check.Unique();
    Check.Unique interfaces = new Check.Unique();
    for (int i = 0; i < this.nics.size(); i++) {
      addresses.take(this.nics.get(i).pci(), "nics[" + i + "].pci");
      interfaces.take(this.nics.get(i).pf(), "nics[" + i + "].pf");
    }
  }

  /** The node's name. */
  public String name() {
    return host.name();
  }

  /** What NSM's {@code sriov.config} says on this node (JSON, which is YAML). */
  public String sriovConfig() {
    Map<String, PfDescription.PhysicalFunction> functions = new TreeMap<>();
    nics.forEach(nic -> functions.put(nic.pci(), nic.physicalFunction()));
    return Json.pretty(Map.of("physicalFunctions", functions));
  }
}
