/** Which of a shim's replicas may write to the switches. */
@NullMarked
package io.patchbay.torshims.lease;

import org.jspecify.annotations.NullMarked;
