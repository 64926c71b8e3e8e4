package io.patchbay.hwsim.node;

import io.patchbay.base.Failure;
import io.patchbay.hwsim.kubelet.ContainerSpec;
import io.patchbay.hwsim.kubelet.Grant;
import io.patchbay.hwsim.kubelet.Pod;
import io.patchbay.hwsim.kubelet.PodFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Starts containers of one pod: words from the image and the manifest, environment from the devices
 * and the manifest, which has the last word.
 */
record ContainerStart(Pod pod, PodLife.Surroundings node, Supplier<Enclosure> sandbox)
    implements ContainerRun.Starter {

  @Override
  public boolean knows(String image) {
    return node.images().command(image, List.of()).isPresent();
  }

  @Override
  public ContainerRun.Started start(ContainerSpec container) {
    Grant grant = node.devices().get().start(pod, container);
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("HOSTNAME", pod.name());
    environment.putAll(grant.environment());
    environment.putAll(PodFields.environment(container, pod, node.host().name()));
    Path log = log(container.name());
    long logSize = log.toFile().length();
    Process process = sandbox.get().run(command(container, environment), environment, log);
    return new ContainerRun.Started(process, log, logSize, grant.ids());
  }

  private List<String> command(ContainerSpec container, Map<String, String> environment) {
    List<String> arguments = PodFields.expand(container.invocation().arguments(), environment);
    if (container.invocation().command().isEmpty()) {
      return node.images()
          .command(container.image(), arguments)
          .orElseThrow(() -> new Failure(Failure.Kind.NOT_FOUND, "no image " + container.image()));
    }
    List<String> command =
        new ArrayList<>(PodFields.expand(container.invocation().command(), environment));
    command.addAll(arguments);
    return command;
  }

  /** Another file for each life of a pod, for what is in it is looked at. */
  Path log(String container) {
    String life = pod.uid().substring(0, Math.min(8, pod.uid().length()));
    return node.host().logs().file(pod.name() + "-" + life + "-" + container);
  }
}
