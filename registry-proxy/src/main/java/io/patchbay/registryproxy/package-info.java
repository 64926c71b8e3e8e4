/** The registry of a domain, and the proxy that answers for other domains. */
@NullMarked
package io.patchbay.registryproxy;

import org.jspecify.annotations.NullMarked;
