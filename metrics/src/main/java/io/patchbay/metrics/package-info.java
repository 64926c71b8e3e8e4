/** Numbers for Prometheus, served over HTTP. */
@NullMarked
package io.patchbay.metrics;

import org.jspecify.annotations.NullMarked;
