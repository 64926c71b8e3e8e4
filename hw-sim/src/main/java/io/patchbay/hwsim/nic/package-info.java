/**
 * A simulated SR-IOV NIC: its PCI functions in sysfs, its answers over netlink, and the frames of
 * its netdevs.
 */
@NullMarked
package io.patchbay.hwsim.nic;

import org.jspecify.annotations.NullMarked;
