/** gNMI over a device's datastores, for switches that are simulated (contract tor.md section 3). */
@NullMarked
package io.patchbay.hwsim.gnmi;

import org.jspecify.annotations.NullMarked;
