/** Lets a piece of the physical network answer as an endpoint by programming its switch ports. */
@NullMarked
package io.patchbay.torshims;

import org.jspecify.annotations.NullMarked;
