package io.patchbay.linux;

/**
 * What went through a virtual function, as its NIC counts it: IFLA_VF_STATS_* of {@code
 * linux/if_link.h}. Received and sent as the function sees it. The driver decides when they begin
 * at 0 again; what it does not count is 0.
 *
 * @param number counted by the NIC from 0
 */
public record VfTraffic(int number, Count received, Count sent, long broadcast, long multicast) {
  /** Frames, their bytes, and the frames that were dropped instead. */
  public record Count(long packets, long bytes, long dropped) {}
}
