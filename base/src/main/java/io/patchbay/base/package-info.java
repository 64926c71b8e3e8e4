/**
 * What three modules or more need: time, configuration, orderly stop, retry pace, durable state.
 */
@NullMarked
package io.patchbay.base;

import org.jspecify.annotations.NullMarked;
