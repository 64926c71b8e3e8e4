/** SNMP version 3 in front of a simulated switch: interfaces, bridge, VLANs and neighbours. */
@NullMarked
package io.patchbay.hwsim.snmp;

import org.jspecify.annotations.NullMarked;
