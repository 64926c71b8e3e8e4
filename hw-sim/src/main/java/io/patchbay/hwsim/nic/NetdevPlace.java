package io.patchbay.hwsim.nic;

/**
 * Where an interface is.
 *
 * @param name what it is called there
 * @param home whether that is the first namespace of its machine
 * @param namespaceInode the inode of the network namespace, as in {@code net:[4026531840]}
 */
public record NetdevPlace(String name, boolean home, long namespaceInode) {}
