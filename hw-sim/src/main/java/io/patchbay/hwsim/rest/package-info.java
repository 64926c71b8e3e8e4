/** A simulated controller of switches, by the contract {@code docs/switch-controller-v1.yaml}. */
@NullMarked
package io.patchbay.hwsim.rest;

import org.jspecify.annotations.NullMarked;
