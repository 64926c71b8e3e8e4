/** Switches programmed by SNMP version 3: Q-BRIDGE-MIB, IF-MIB and LLDP-MIB. */
@NullMarked
package io.patchbay.torshims.snmp;

import org.jspecify.annotations.NullMarked;
