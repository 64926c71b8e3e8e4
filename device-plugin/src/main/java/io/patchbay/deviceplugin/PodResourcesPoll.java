package io.patchbay.deviceplugin;

import io.grpc.StatusRuntimeException;
import io.patchbay.api.podresources.ContainerDevices;
import io.patchbay.api.podresources.ContainerResources;
import io.patchbay.api.podresources.ListPodResourcesRequest;
import io.patchbay.api.podresources.ListPodResourcesResponse;
import io.patchbay.api.podresources.PodResources;
import io.patchbay.api.podresources.PodResourcesListerGrpc;
import io.patchbay.api.vf.InUse;
import io.patchbay.api.vf.Use;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.deviceplugin.dra.DraConfig;
import io.patchbay.deviceplugin.dra.ListedClaims;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Statuses;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the kubelet which pod has which device and passes the answer on: each second, and every 100
 * ms between an Allocate and its pod's appearance. A kubelet that does not answer is not reported;
 * one that has just started may not know all its pods, and is reported as settling until it has
 * listed again every device that it was known to have given away.
 */
final class PodResourcesPoll implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PodResourcesPoll.class);
  private static final Duration HURRY = Duration.ofMillis(100);
  private static final Duration HURRY_AT_MOST = Duration.ofMinutes(2);

  /** After this long a pod that a new kubelet has not listed is gone. */
  private static final Duration SETTLING = Duration.ofMinutes(5);

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final Path socket;
  private final Duration interval;
  private final Optional<ListedClaims> claims;
  private final Sights sights;
  private final Consumer<InUse> report;
  private final Channels channels;
  private final Time time;
  private final Map<String, Instant> expected = new ConcurrentHashMap<>();
  private final Semaphore hurry = new Semaphore(0);
  private final Thread thread = Thread.ofVirtual().name("pod-resources").unstarted(this::run);

  /** What this life of the kubelet has not listed yet though an earlier one did. */
  private final Set<String> awaited = new HashSet<>();

  private String life = "";
  private Instant settled = Instant.MIN;

  private boolean silent;

  PodResourcesPoll(
      DevicePluginConfig config,
      Sights sights,
      Consumer<InUse> report,
      Channels channels,
      Time time) {
    this.socket = config.podResourcesPath().resolve("kubelet.sock");
    this.interval = config.resourcePollTimeout();
    DraConfig dra = config.dra();
    this.claims = dra.driver().map(driver -> new ListedClaims(driver, dra.nodeName()));
    this.sights = sights;
    this.report = report;
    this.channels = channels;
    this.time = time;
  }

  void start() {
    thread.start();
  }

  /** These devices have just been given away: their pod should show soon. */
  void expect(List<String> ids) {
    Instant until = time.now().plus(HURRY_AT_MOST);
    ids.forEach(id -> expected.put(id, until));
    hurry.release();
  }

  private void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        look();
        if (!expected.isEmpty() || hurry.tryAcquire(interval.toMillis(), TimeUnit.MILLISECONDS)) {
          hurry.drainPermits();
          time.sleep(HURRY); // the kubelet has its answer first
        }
      }
    } catch (InterruptedException end) {
      log.debug("polling ends");
    }
  }

  private void look() {
    Set<String> names = sights.current().resourceNames();
    Optional<String> kubelet = KubeletFolder.identity(socket);
    if (names.isEmpty() || kubelet.isEmpty()) {
      return;
    }
    try {
      ListPodResourcesResponse answer = list();
      InUse listed = uses(answer, names).toBuilder().addAllUses(claimed(answer)).build();
      InUse uses = listed.toBuilder().setSettling(settling(kubelet.get(), listed)).build();
      uses.getUsesList().forEach(use -> expected.remove(use.getPciAddress()));
      expected.values().removeIf(until -> until.isBefore(time.now()));
      report.accept(uses);
      silent = false;
    } catch (Failure e) {
      if (!silent) {
        log.warn("who has which device is not known now: {}", Failure.text(e));
      }
      silent = true;
    }
  }

  private boolean settling(String kubelet, InUse listed) {
    if (!kubelet.equals(life)) {
      life = kubelet;
      settled = KubeletFolder.since(socket).orElse(time.now()).plus(SETTLING);
      awaited.clear();
      awaited.addAll(sights.current().inContainers());
    }
    listed.getUsesList().forEach(use -> awaited.remove(use.getPciAddress()));
    return !awaited.isEmpty() && time.now().isBefore(settled);
  }

  private ListPodResourcesResponse list() {
    try {
      return PodResourcesListerGrpc.newBlockingStub(channels.to(new Url("unix", socket.toString())))
          .withWaitForReady()
          .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
          .list(ListPodResourcesRequest.getDefaultInstance());
    } catch (StatusRuntimeException e) {
      throw Statuses.toFailure("asking " + socket, e);
    }
  }

  /** What of the kubelet's answer concerns our resource names. Pure. */
  static InUse uses(ListPodResourcesResponse answer, Set<String> names) {
    InUse.Builder uses = InUse.newBuilder();
    for (PodResources pod : answer.getPodResourcesList()) {
      for (ContainerResources container : pod.getContainersList()) {
        for (ContainerDevices devices : container.getDevicesList()) {
          if (names.contains(devices.getResourceName())) {
            devices
                .getDeviceIdsList()
                .forEach(id -> uses.addUses(use(pod, container, devices.getResourceName(), id)));
          }
        }
      }
    }
    return uses.build();
  }

  /** What of it concerns resource claims of our driver, if there is one. */
  private List<Use> claimed(ListPodResourcesResponse answer) {
    var functions = sights.current().known().all();
    return claims.stream()
        .flatMap(known ->
            answer.getPodResourcesList().stream()
                .flatMap(pod ->
                    pod.getContainersList().stream()
                        .flatMap(container -> known.uses(pod, container, functions).stream())))
        .toList();
  }

  private static Use use(
      PodResources pod, ContainerResources container, String resource, String id) {
    return Use.newBuilder()
        .setPciAddress(id)
        .setResourceName(resource)
        .setPodNamespace(pod.getNamespace())
        .setPodName(pod.getName())
        .setContainerName(container.getName())
        .build();
  }

  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    thread.join();
  }
}
