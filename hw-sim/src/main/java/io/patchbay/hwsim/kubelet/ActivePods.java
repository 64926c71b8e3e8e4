package io.patchbay.hwsim.kubelet;

import java.util.List;

/**
 * Which pods a node has that are neither finished nor gone, also while they are being admitted. A
 * kubelet lets go of the devices of all others, lazily: when it next admits or is asked. Called on
 * any thread, sometimes under the kubelet's locks, so it must answer at once.
 */
@FunctionalInterface
public interface ActivePods {
  /** The pods of this moment. */
  List<Pod> now();
}
