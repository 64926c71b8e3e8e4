/** Services of a fabric that are objects of a Kubernetes cluster. */
@NullMarked
package io.patchbay.torshims.services;

import org.jspecify.annotations.NullMarked;
