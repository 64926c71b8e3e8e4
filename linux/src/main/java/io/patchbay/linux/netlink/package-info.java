/** Netlink as bytes: messages, attributes, and the ways to exchange them. */
@NullMarked
package io.patchbay.linux.netlink;

import org.jspecify.annotations.NullMarked;
