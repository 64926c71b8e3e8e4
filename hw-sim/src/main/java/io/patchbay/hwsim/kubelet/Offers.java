package io.patchbay.hwsim.kubelet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.api.deviceplugin.RegisterRequest;
import io.patchbay.base.Failure;
import io.patchbay.base.Time;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the plugins of a node offer, by resource name: takes registrations, dials back, follows the
 * lists, and notes who has gone. Safe for all threads; {@code changed} is called on the thread of
 * the plugin that listed, with no lock held.
 */
final class Offers implements AutoCloseable {
  /** contracts/kubelet.md 1.1: how long a resource outlives its plugin, with nothing to give. */
  private static final Duration STOPPED_GRACE = Duration.ofMinutes(5);

  private static final String VERSION = "v1beta1";
  private static final Logger log = LoggerFactory.getLogger(Offers.class);

  /** One resource name: what there is of it, and who serves it or since when nobody does. */
  private record Offer(DeviceList devices, @Nullable PluginEndpoint endpoint, long stoppedNanos) {
    static Offer by(PluginEndpoint endpoint, DeviceList devices) {
      return new Offer(devices, endpoint, 0);
    }

    static Offer stopped(DeviceList devices, long nanos) {
      return new Offer(devices, null, nanos);
    }
  }

  private final Path folder;
  private final Kubelet.Authority authority;
  private final Time time;
  private final Runnable changed;

  @GuardedBy("this")
  private final Map<String, Offer> offers = new TreeMap<>();

  @GuardedBy("this")
  private boolean closed;

  Offers(Path folder, Kubelet.Authority authority, Time time, Runnable changed) {
    this.folder = folder;
    this.authority = authority;
    this.time = time;
    this.changed = changed;
  }

  /** Names known from before a restart: there is nothing of them until a plugin registers again. */
  synchronized void restore(Collection<String> resources) {
    resources.forEach(name -> offers.put(name, Offer.stopped(DeviceList.EMPTY, time.nanos())));
  }

  /** Takes a plugin in: checks, dials back, asks for options, then follows its list. */
  void register(RegisterRequest request) {
    String resource = request.getResourceName();
    if (!request.getVersion().equals(VERSION)) {
      throw new Failure(
          Failure.Kind.INVALID,
          "the requested device plugin API version is not supported by kubelet: '%s' is not %s"
              .formatted(request.getVersion(), VERSION));
    }
    if (!ExtendedResource.isLegal(resource)) {
      throw new Failure(
          Failure.Kind.INVALID,
          "the ResourceName \"" + resource + "\" is invalid; write for example example.com/100g");
    }
    PluginEndpoint endpoint = PluginEndpoint.dial(folder.resolve(request.getEndpoint()), authority);
    replace(resource, endpoint);
    endpoint.watch(
        devices -> listed(resource, endpoint, devices), () -> stopped(resource, endpoint));
    log.info("{} is served by {}", resource, request.getEndpoint());
  }

  /** The newest registration for a name wins; what is known of the devices stays until it lists. */
  private void replace(String resource, PluginEndpoint endpoint) {
    Offer before;
    synchronized (this) {
      if (closed) {
        endpoint.close();
        throw new Failure(Failure.Kind.UNAVAILABLE, "the kubelet is going down");
      }
      before = offers.get(resource);
      offers.put(
          resource, Offer.by(endpoint, before == null ? DeviceList.EMPTY : before.devices()));
    }
    if (before != null && before.endpoint() != null) {
      before.endpoint().close();
    }
  }

  private void listed(String resource, PluginEndpoint endpoint, DeviceList devices) {
    synchronized (this) {
      if (!isServedBy(resource, endpoint)) {
        return;
      }
      offers.put(resource, Offer.by(endpoint, devices));
    }
    changed.run();
  }

  private void stopped(String resource, PluginEndpoint endpoint) {
    synchronized (this) {
      if (isServedBy(resource, endpoint)) {
        offers.put(resource, Offer.stopped(devices(resource).abandoned(), time.nanos()));
      }
    }
    endpoint.close();
  }

  @GuardedBy("this")
  private boolean isServedBy(String resource, PluginEndpoint endpoint) {
    Offer offer = offers.get(resource);
    return !closed && offer != null && offer.endpoint() == endpoint;
  }

  /** What there is under a name; nothing under a name that is not known. */
  synchronized DeviceList devices(String resource) {
    Offer offer = offers.get(resource);
    return offer == null ? DeviceList.EMPTY : offer.devices();
  }

  /** Something of each list that is known, by resource name. */
  synchronized <T> Map<String, T> each(Function<DeviceList, T> what) {
    offers
        .values()
        .removeIf(offer ->
            offer.endpoint() == null
                && time.nanos() - offer.stoppedNanos() > STOPPED_GRACE.toNanos());
    Map<String, T> each = new TreeMap<>();
    offers.forEach((name, offer) -> each.put(name, what.apply(offer.devices())));
    return each;
  }

  /** Who can be asked for devices of a name; throws {@link Failure} if none of them is healthy. */
  synchronized PluginEndpoint endpoint(String resource) {
    Offer offer = offers.get(resource);
    if (offer == null) {
      throw new Failure(Failure.Kind.NOT_FOUND, "cannot allocate unregistered device " + resource);
    }
    if (offer.endpoint() == null || offer.devices().healthy().isEmpty()) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE,
          "no healthy devices present; cannot allocate unhealthy devices " + resource);
    }
    return offer.endpoint();
  }

  /** Hangs up on all plugins. */
  @Override
  public void close() {
    List<PluginEndpoint> endpoints = new ArrayList<>();
    synchronized (this) {
      closed = true;
      for (Offer offer : offers.values()) {
        if (offer.endpoint() != null) {
          endpoints.add(offer.endpoint());
        }
      }
    }
    endpoints.forEach(PluginEndpoint::close);
  }
}
