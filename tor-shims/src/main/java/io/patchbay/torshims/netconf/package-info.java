/** A switch reached by NETCONF over SSH, spoken to in OpenConfig. */
@NullMarked
package io.patchbay.torshims.netconf;

import org.jspecify.annotations.NullMarked;
