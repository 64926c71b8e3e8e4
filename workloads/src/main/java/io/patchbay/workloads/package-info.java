/** What runs in pods: the client, endpoints, and the function that puts a client into a pod. */
@NullMarked
package io.patchbay.workloads;

import org.jspecify.annotations.NullMarked;
