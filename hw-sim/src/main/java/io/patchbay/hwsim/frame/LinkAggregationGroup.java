package io.patchbay.hwsim.frame;

import java.util.List;
import java.util.function.Consumer;

/**
 * Several links that are one port to their device, as a NIC bonds its physical ports for its
 * virtual functions: a frame goes out by one of the links that have carrier, the same for all
 * frames of a conversation, and comes in by any. A link that is lost hands its conversations to the
 * others and takes no others' away; there is carrier as long as one link has it. Nothing is
 * negotiated with the other side (no LACP). What is said to the neighbour on a link alone, as LLDP
 * is, goes out by each of them.
 *
 * <p>Safe for all threads; frames come in on the threads of the links, one for each.
 */
public final class LinkAggregationGroup implements FramePort {
  private final List<FramePort> links;

  /** Bonds links, which are its own from now on; at least one. */
  public LinkAggregationGroup(List<? extends FramePort> links) {
    if (links.isEmpty()) {
      throw new IllegalArgumentException("a link aggregation group needs a link");
    }
    this.links = List.copyOf(links);
  }

  @Override
  public void send(Frame frame) {
    if (frame.linkLocal()) {
      links.forEach(link -> link.send(frame));
    } else {
      way(conversation(frame)).send(frame);
    }
  }

  /** The link that a conversation has by itself, or while that is down one of those that are up. */
  private FramePort way(int conversation) {
    FramePort own = links.get(conversation % links.size());
    List<FramePort> up = own.carrier() ? List.of() : up();
    return up.isEmpty() ? own : up.get(conversation % up.size());
  }

  private List<FramePort> up() {
    return links.stream().filter(FramePort::carrier).toList();
  }

  /**
   * What frames that must stay in order have in common: both addresses and the VLAN. (IEEE 802.1AX
   * leaves the choice to whoever sends.)
   */
  private static int conversation(Frame frame) {
    long addresses = frame.destination().value() * 31 + frame.source().value();
    int vlan = frame.tag().map(VlanTag::id).orElse(0);
    int hash = Long.hashCode((addresses * 31 + vlan) * 0x9e37_79b9_7f4a_7c15L); // 2^64 / golden
    return hash & Integer.MAX_VALUE;
  }

  @Override
  public void receiver(Consumer<Frame> receiver) {
    links.forEach(link -> link.receiver(receiver));
  }

  @Override
  public boolean carrier() {
    return links.stream().anyMatch(FramePort::carrier);
  }

  @Override
  public void carrierWatcher(Runnable watcher) {
    links.forEach(link -> link.carrierWatcher(watcher));
  }

  @Override
  public void power(boolean on) {
    links.forEach(link -> link.power(on));
  }
}
