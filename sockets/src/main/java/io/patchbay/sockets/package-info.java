/** gRPC channels and servers on tcp and unix sockets, who called, and descriptors on the wire. */
@NullMarked
package io.patchbay.sockets;

import org.jspecify.annotations.NullMarked;
