/** The software forwarder: joins a client's kernel interface to an endpoint's on the same node. */
@NullMarked
package io.patchbay.kernelforwarder;

import org.jspecify.annotations.NullMarked;
