/** Every native call of this module, and nothing else: the only place that sees a pointer. */
@NullMarked
package io.patchbay.linux.sys;

import org.jspecify.annotations.NullMarked;
