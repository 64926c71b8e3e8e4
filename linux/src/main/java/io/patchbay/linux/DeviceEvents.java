package io.patchbay.linux;

import io.patchbay.base.Failure;
import io.patchbay.linux.netlink.NetlinkWatch;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the kernel tells of devices that come, go or change (uevents, {@code lib/kobject_uevent.c})
 * since the subscription. A hint, not the truth: others with CAP_NET_ADMIN can send such messages
 * too, so whoever hears of a device looks at it. A platform thread of its own reads the kernel's
 * socket into a bounded queue; any thread may take from it.
 */
public final class DeviceEvents implements AutoCloseable {
  /** One thing that happened. */
  public sealed interface Event {
    /**
     * Something happened to a device.
     *
     * @param action the kernel's word: add, remove, bind, unbind, change, move, ...
     * @param path of the device, below {@code /sys}
     * @param subsystem {@code pci}, {@code net}, ...
     * @param function the PCI function that it is; empty for other devices
     */
    record Told(String action, String path, String subsystem, Optional<PciAddress> function)
        implements Event {}

    /** More happened than could be kept: look at the devices again. */
    record Lost() implements Event {}
  }

  private final EventQueue<Event> queue = new EventQueue<>(new Event.Lost());
  private final NetlinkWatch watch;
  private final Set<String> subsystems;

  private DeviceEvents(NetlinkWatch watch, Set<String> subsystems) {
    this.watch = watch;
    this.subsystems = Set.copyOf(subsystems);
  }

  /**
   * Those of some subsystems, as they are told in a network namespace. Throws {@link Failure} where
   * the kernel refuses the socket.
   */
  public static DeviceEvents of(Set<String> subsystems, NetworkNamespace namespace) {
    DeviceEvents events = new DeviceEvents(namespace.call(NetlinkWatch::uevents), subsystems);
    Thread.ofPlatform()
        .daemon()
        .name("device-events")
        .start(() -> events.watch.runRaw(events::take, events.queue::lose));
    return events;
  }

  private void take(byte[] datagram) {
    parse(datagram).filter(told -> subsystems.contains(told.subsystem())).ifPresent(queue::keep);
  }

  /**
   * Reads a message: a summary, then {@code KEY=value} texts, each with a zero at its end. Empty
   * when it is none.
   */
  static Optional<Event.Told> parse(byte[] datagram) {
    Map<String, String> values = new HashMap<>();
    for (String line : new String(datagram, StandardCharsets.UTF_8).split("\0")) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        values.putIfAbsent(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    String action = values.getOrDefault("ACTION", "");
    String path = values.getOrDefault("DEVPATH", "");
    String subsystem = values.getOrDefault("SUBSYSTEM", "");
    if (action.isEmpty() || path.isEmpty() || subsystem.isEmpty()) {
      return Optional.empty();
    }
    Optional<PciAddress> function = function(values.getOrDefault("PCI_SLOT_NAME", ""));
    return Optional.of(new Event.Told(action, path, subsystem, function));
  }

  private static Optional<PciAddress> function(String slot) {
    try {
      return slot.isEmpty() ? Optional.empty() : Optional.of(PciAddress.parse(slot));
    } catch (Failure nonsense) {
      return Optional.empty();
    }
  }

  /** The next event, if one comes within the time. */
  public Optional<Event> next(Duration timeout) {
    return queue.next(timeout);
  }

  @Override
  public void close() {
    watch.close();
  }
}
