/** What the kernel offers, as verbs: links, addresses, namespaces, virtual functions, PCI sysfs. */
@NullMarked
package io.patchbay.linux;

import org.jspecify.annotations.NullMarked;
