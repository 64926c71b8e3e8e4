/** The API server of the cluster that a daemon is a pod of. */
@NullMarked
package io.patchbay.kubernetes;

import org.jspecify.annotations.NullMarked;
