/**
 * A NETCONF server over SSH (RFC 6241, 6242) for simulated devices: candidate datastore, locks,
 * confirmed commit. It knows no model and no device; both are handed in.
 */
@NullMarked
package io.patchbay.hwsim.netconf;

import org.jspecify.annotations.NullMarked;
