package io.patchbay.hwsim.node;

import java.util.List;
import java.util.Map;

/** How one container of a pod is: its state, how often it was started again, and its devices. */
public record ContainerStatus(
    String name, State state, int restarts, Map<String, List<String>> devices) {
  public ContainerStatus {
    devices = Map.copyOf(devices);
  }

  /** What a container is doing. */
  public sealed interface State {
    /** It does not run, for a reason in a kubelet's words such as {@code CrashLoopBackOff}. */
    record Waiting(String reason, String message) implements State {}

    /** It runs as this process. */
    record Running(long pid) implements State {}

    /** It ended; the message is the last lines of its log. */
    record Terminated(int exitStatus, String message) implements State {}
  }
}
