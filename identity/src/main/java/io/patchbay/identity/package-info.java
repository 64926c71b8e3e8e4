/** Says who the processes of a machine are, where there is no SPIRE to do it. */
@NullMarked
package io.patchbay.identity;

import org.jspecify.annotations.NullMarked;
