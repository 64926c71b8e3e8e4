/**
 * The library of the mesh: chain, session, path, selection, registry, transport; knows no Linux.
 */
@NullMarked
package io.patchbay.mesh;

import org.jspecify.annotations.NullMarked;
