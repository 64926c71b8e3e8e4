/** The demonstration: a rack on this machine, pods with wires, faults, and proof of each. */
@NullMarked
package io.patchbay.cli.demo;

import org.jspecify.annotations.NullMarked;
