/** Switches spoken to by gNMI (contracts tor.md 3). */
@NullMarked
package io.patchbay.torshims.gnmi;

import org.jspecify.annotations.NullMarked;
