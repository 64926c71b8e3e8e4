package io.patchbay.hwsim.kubelet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.api.deviceplugin.ContainerAllocateResponse;
import io.patchbay.api.deviceplugin.RegisterRequest;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kubelet's device manager between start and restart: hands devices to containers in the wire
 * order of contracts/kubelet.md section 2, and writes each allocation to the checkpoint before the
 * container may start. There is no topology policy, the kubelet's default: NUMA nodes are reported,
 * not aligned.
 *
 * <p>Admissions run one at a time for the node; everything else may be called from any thread.
 */
public final class NodeDevices implements AutoCloseable {
  /** The reason in the status of a pod that {@link #admit} refused. */
  public static final String UNEXPECTED_ADMISSION_ERROR = "UnexpectedAdmissionError";

  private static final Logger log = LoggerFactory.getLogger(NodeDevices.class);

  private final Path folder;
  private final ActivePods pods;
  private final Offers offers;
  private final ReentrantLock admitting = new ReentrantLock();

  @GuardedBy("this")
  private final List<Allocation> allocations = new ArrayList<>();

  NodeDevices(Kubelet.Settings settings, ActivePods pods, Time time) {
    this.folder = settings.folder().resolve(Kubelet.DEVICE_PLUGINS);
    this.pods = pods;
    this.offers = new Offers(folder, settings.authority(), time, this::checkpoint);
    Checkpoint checkpoint = Checkpoint.read(folder);
    allocations.addAll(checkpoint.allocations());
    offers.restore(checkpoint.registered().keySet());
  }

  /** Takes a plugin in; what it lacks is thrown as {@link Failure}. */
  void register(RegisterRequest request) {
    offers.register(request);
  }

  /** How many devices there are by resource name, in whatever health. */
  public Map<String, Integer> capacity() {
    return offers.each(DeviceList::size);
  }

  /** How many devices by resource name are healthy, allocated or not. */
  public Map<String, Integer> allocatable() {
    return offers.each(devices -> devices.healthy().size());
  }

  /** The healthy ids of each resource by NUMA node. */
  Map<String, Map<Long, List<String>>> allocatableByNumaNode() {
    return offers.each(devices -> devices.byNumaNode(devices.healthy().keySet()));
  }

  /** What a container has been given, by resource name. */
  synchronized List<Allocation> allocations(String podUid, String container) {
    return allocations.stream()
        .filter(a -> a.podUid().equals(podUid) && a.container().equals(container))
        .toList();
  }

  /**
   * Gives every container of a pod its devices, or throws {@link Failure} with the message of the
   * pod's status; its reason is {@link #UNEXPECTED_ADMISSION_ERROR}, and the pod is never tried
   * again. The pod must be among {@link ActivePods} already, and leave them when refused: that is
   * what frees devices given to its earlier containers.
   */
  public void admit(Pod pod) {
    admitting.lock();
    try {
      dropInactive();
      Map<String, Set<String>> reusable = new HashMap<>();
      for (ContainerSpec container : pod.spec().all()) {
        boolean finishesFirst =
            pod.spec().initContainers().contains(container) && !container.sidecar();
        allocate(pod, container, reusable, finishesFirst);
      }
    } catch (Failure e) {
      throw new Failure(
          e.kind(), "Allocate failed due to " + Failure.text(e) + ", which is unexpected", e);
    } finally {
      admitting.unlock();
    }
  }

  /** Init containers that finish leave their devices to the containers after them. */
  private void allocate(
      Pod pod, ContainerSpec container, Map<String, Set<String>> reusable, boolean finishesFirst) {
    for (String resource : container.resources().keySet().stream().sorted().toList()) {
      Set<String> left = reusable.computeIfAbsent(resource, name -> new LinkedHashSet<>());
      List<String> ids = allocate(pod, container, resource, left);
      if (finishesFirst) {
        left.addAll(ids);
      } else {
        ids.forEach(left::remove);
      }
    }
  }

  private List<String> allocate(
      Pod pod, ContainerSpec container, String resource, Set<String> reusable) {
    for (Allocation known : allocations(pod.uid(), container.name())) {
      if (known.resource().equals(resource)) {
        return known.ids();
      }
    }
    PluginEndpoint endpoint = offers.endpoint(resource);
    int count = container.resources().getOrDefault(resource, 0);
    List<String> ids = choose(resource, endpoint, count, reusable);
    ContainerAllocateResponse response = endpoint.allocate(ids);
    Map<Long, List<String>> groups = offers.devices(resource).byNumaNode(ids);
    synchronized (this) {
      allocations.add(new Allocation(pod.uid(), container.name(), resource, groups, response));
    }
    checkpoint();
    log.info("{}/{} gets {} {}", pod, container.name(), resource, ids);
    return ids;
  }

  /**
   * Reusable ids first, then what the plugin prefers of the free ones, then any: in hash order, for
   * a kubelet's own order means nothing and nobody may lean on it.
   */
  private List<String> choose(
      String resource, PluginEndpoint endpoint, int count, Set<String> reusable) {
    Set<String> chosen = new LinkedHashSet<>(reusable.stream().limit(count).toList());
    int missing = count - chosen.size();
    if (missing > 0) {
      Set<String> free = free(resource);
      if (free.size() < missing) {
        throw new Failure(
            Failure.Kind.EXHAUSTED,
            "requested number of devices unavailable for %s. Requested: %d, Available: %d"
                .formatted(resource, missing, free.size()));
      }
      Set<String> available = new LinkedHashSet<>(free);
      available.addAll(chosen);
      Set<String> wanted = new LinkedHashSet<>(endpoint.preferred(available, chosen, count));
      wanted.retainAll(free);
      wanted.addAll(free);
      wanted.stream().limit(missing).forEach(chosen::add);
    }
    return List.copyOf(chosen);
  }

  private synchronized Set<String> free(String resource) {
    Set<String> free = new HashSet<>(offers.devices(resource).healthy().keySet());
    allocations.stream()
        .filter(allocation -> allocation.resource().equals(resource))
        .forEach(allocation -> allocation.ids().forEach(free::remove));
    return free;
  }

  /**
   * What a container about to start gets, and a word to the plugins that want one before each
   * start. Throws {@link Failure} when a device of it is no longer healthy.
   */
  public Grant start(Pod pod, ContainerSpec container) {
    Map<String, List<String>> ids = new LinkedHashMap<>();
    ContainerAllocateResponse.Builder response = ContainerAllocateResponse.newBuilder();
    for (Allocation allocation : allocations(pod.uid(), container.name())) {
      PluginEndpoint endpoint = offers.endpoint(allocation.resource());
      DeviceList devices = offers.devices(allocation.resource());
      if (!devices.healthy().keySet().containsAll(allocation.ids())) {
        throw new Failure(
            Failure.Kind.UNAVAILABLE,
            "previously allocated devices are no longer healthy; cannot allocate unhealthy devices "
                + allocation.resource());
      }
      endpoint.preStart(allocation.ids());
      ids.put(allocation.resource(), allocation.ids());
      response.mergeFrom(allocation.response());
    }
    return new Grant(ids, response.build());
  }

  /** Lets go of the devices of pods that are no longer active: there is no call for that. */
  void dropInactive() {
    Set<String> active = pods.now().stream().map(Pod::uid).collect(Collectors.toSet());
    boolean dropped;
    synchronized (this) {
      dropped = allocations.removeIf(allocation -> !active.contains(allocation.podUid()));
    }
    if (dropped) {
      checkpoint();
    }
  }

  private synchronized void checkpoint() {
    Map<String, List<String>> registered =
        offers.each(devices -> List.copyOf(devices.healthy().keySet()));
    new Checkpoint(allocations, registered).write(folder);
  }

  /** Hangs up on all plugins; what they had is in the checkpoint. */
  @Override
  public void close() {
    offers.close();
  }
}
