/**
 * A kubelet and a scheduler as device plugins and pods meet them (contracts/kubelet.md 1 to 6, 10).
 */
@NullMarked
package io.patchbay.hwsim.kubelet;

import org.jspecify.annotations.NullMarked;
