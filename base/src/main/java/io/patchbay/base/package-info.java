/**
 * What three modules or more need: time, configuration, orderly stop, retry pace, durable state;
 * and what two need that may not know each other: the reading of XML.
 */
@NullMarked
package io.patchbay.base;

import org.jspecify.annotations.NullMarked;
