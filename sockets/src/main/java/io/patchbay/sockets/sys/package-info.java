/** The native calls of sockets: messages with descriptors, and what a descriptor is. */
@NullMarked
package io.patchbay.sockets.sys;

import org.jspecify.annotations.NullMarked;
