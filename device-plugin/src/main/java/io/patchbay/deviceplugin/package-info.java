/** Tells the kubelet which VFs there are and how a pod gets one; keeps no state of its own. */
@NullMarked
package io.patchbay.deviceplugin;

import org.jspecify.annotations.NullMarked;
