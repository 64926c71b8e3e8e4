/**
 * Which network services and endpoints there are, here and in other domains: one registry interface
 * for both kinds, in memory, over gRPC, and from a folder of files; selection among endpoints; and
 * keeping a registration alive.
 */
@NullMarked
package io.patchbay.mesh.registry;

import org.jspecify.annotations.NullMarked;
