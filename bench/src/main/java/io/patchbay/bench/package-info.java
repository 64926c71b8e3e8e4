/** Measurements of the product as it runs, each beside what it would cost at least. */
@NullMarked
package io.patchbay.bench;

import org.jspecify.annotations.NullMarked;
