/** Says who the processes of a machine are, where there is no SPIRE to do it. */
@org.jspecify.annotations.NullMarked
package io.patchbay.identity;
