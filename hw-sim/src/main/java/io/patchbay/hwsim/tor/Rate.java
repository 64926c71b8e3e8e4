package io.patchbay.hwsim.tor;

/**
 * How much a policer lets pass in the long run and at once.
 *
 * @param bits per second, counting a frame as it is on the wire of its port without its checksum
 * @param burstOctets how many octets pass at once when nothing has for a while; a longer frame
 *     never passes
 */
record Rate(long bits, long burstOctets) {}
