/** The simulated top-of-rack switch: forwards, drops and counts by its running configuration. */
@NullMarked
package io.patchbay.hwsim.tor;

import org.jspecify.annotations.NullMarked;
