/**
 * Who may do what: the policies that every request, registration and answer must satisfy
 * (contracts/nsm.md 4.1 and 4.2). Upstream's seven are native; further ones are CEL files, or are
 * asked of an OPA server.
 */
@NullMarked
package io.patchbay.mesh.policy;

import org.jspecify.annotations.NullMarked;
