/** A whole rack put together: machines, NICs, cables, switches, and what lies behind them. */
@NullMarked
package io.patchbay.hwsim.rack;

import org.jspecify.annotations.NullMarked;
