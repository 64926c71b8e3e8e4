package io.patchbay.bench;

import io.patchbay.base.Await;
import io.patchbay.base.Stack;
import io.patchbay.cli.Measurement;
import io.patchbay.cli.demo.World;
import io.patchbay.hwsim.frame.Cable;
import io.patchbay.hwsim.node.Node;
import io.patchbay.hwsim.node.RackDescription;
import io.patchbay.hwsim.node.Words;
import io.patchbay.hwsim.rack.Rack;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A simulated node with many VFs, its kubelet, sriov-manager and device-plugin. */
final class WideNode implements AutoCloseable {
  private static final Duration READY = Duration.ofMinutes(8);
  private static final double MEBIBYTE = 1024.0 * 1024.0;

  /** The daemons whose memory is told. */
  private static final List<String> DAEMONS = List.of("sriov-manager", "device-plugin");

  private final Stack opened = new Stack();
  private final Rack rack;
  private final Shape shape;

  /**
   * What there is on it.
   *
   * @param nics how many NICs, 8 at most
   * @param vfs how many VFs each of them has, 128 at most
   * @param domains the service domains, each of which has each capability
   */
  record Shape(int nics, int vfs, List<String> domains, List<String> capabilities) {
    int devices() {
      return nics * vfs;
    }

    /** The names of each VF. */
    List<String> names() {
      return domains.stream()
          .flatMap(domain -> capabilities.stream().map(capability -> domain + "/" + capability))
          .toList();
    }

    RackDescription rack() {
      StringBuilder yaml = new StringBuilder(Resources.text("wide.yaml"));
      for (int number = 1; number <= nics; number++) {
        yaml.append(nic(number));
      }
      return RackDescription.parse("wide.yaml", yaml.toString());
    }

    private String nic(int number) {
      return """
        - pf: eth%d
          pci: "0000:%d0:00.0"
          mac: "02:00:00:00:%d0:00"
          vfs: %d
          numa: %d
          physicalFunction:
            pfKernelDriver: ice
            vfKernelDriver: iavf
            capabilities: %s
            serviceDomains: %s
      """
          .formatted(number, number + 1, number + 1, vfs, (number - 1) / 2, capabilities, domains)
          .indent(2);
    }
  }

  /** Builds it, and returns when the kubelet has all its devices to give. */
  WideNode(Shape shape, Path folder) {
    this.shape = shape;
    Path examples = Path.of(System.getProperty("patchbay.home", "."), "manifests", "examples");
    Words words =
        new Words(
            Map.of(
                "PATCHBAY", World.self(),
                "EXAMPLES", List.of(examples.toAbsolutePath().toString())));
    this.rack = opened.push(Rack.build(shape.rack(), folder, words));
    try {
      rack.startDaemons();
      awaitAll();
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  Node node() {
    return rack.cluster().node("wide");
  }

  Cable cable(String pf) {
    return rack.wire("wide", pf);
  }

  List<String> names() {
    return shape.names();
  }

  /** The ids of all devices. */
  List<String> ids() {
    return rack.nics("wide").snapshot().stream()
        .flatMap(nic -> nic.vfs().stream())
        .map(vf -> vf.address().toString())
        .toList();
  }

  private boolean allThere() {
    Map<String, Integer> there = node().kubelet().devices().allocatable();
    return names().stream().allMatch(name -> there.getOrDefault(name, 0) == shape.devices());
  }

  /** Waits until the kubelet has all devices to give under all names. */
  void awaitAll() {
    Await.until("all VFs are allocatable under all names", READY, this::allThere);
  }

  /** What the daemons have resident now. */
  Stream<Measurement> memory(String when) {
    return DAEMONS.stream()
        .map(daemon -> {
          long pid = node().host().daemon(daemon).pid().orElseThrow();
          return Measurement.of(
              "memory of " + daemon + ", " + when, Resident.bytes(pid) / MEBIBYTE, "MiB");
        });
  }

  @Override
  public void close() {
    opened.close();
  }
}
