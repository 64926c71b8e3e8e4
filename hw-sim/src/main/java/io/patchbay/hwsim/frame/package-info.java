/** Ethernet frames, and the cables that carry them between simulated devices. */
@NullMarked
package io.patchbay.hwsim.frame;

import org.jspecify.annotations.NullMarked;
