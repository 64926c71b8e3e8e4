/** {@code patchbay}: every daemon, the demo and the benchmarks behind one command. */
@NullMarked
package io.patchbay.cli;

import org.jspecify.annotations.NullMarked;
