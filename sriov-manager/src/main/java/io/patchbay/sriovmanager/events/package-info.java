/** Refusals as Kubernetes Events, for whoever looks at the pod or the node. */
@NullMarked
package io.patchbay.sriovmanager.events;

import org.jspecify.annotations.NullMarked;
