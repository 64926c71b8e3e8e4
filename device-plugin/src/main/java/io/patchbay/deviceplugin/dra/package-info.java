/** The other way to the kubelet, off by default: VFs by resource claims (DRA). */
@NullMarked
package io.patchbay.deviceplugin.dra;

import org.jspecify.annotations.NullMarked;
