/**
 * Nodes as namespaces with processes in them, the pods on them, and the file that describes a rack.
 */
@NullMarked
package io.patchbay.hwsim.node;

import org.jspecify.annotations.NullMarked;
