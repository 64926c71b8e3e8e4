/** The node's door to the mesh: it finds what is asked for, picks who does the work, passes on. */
@NullMarked
package io.patchbay.nsmgr;

import org.jspecify.annotations.NullMarked;
