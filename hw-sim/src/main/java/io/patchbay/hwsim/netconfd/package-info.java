/** A NETCONF server that is not ours, started as a process: what a switch's management may be. */
@NullMarked
package io.patchbay.hwsim.netconfd;

import org.jspecify.annotations.NullMarked;
