/** Switches asked for at a controller by REST ({@code docs/switch-controller-v1.yaml}). */
@NullMarked
package io.patchbay.torshims.rest;

import org.jspecify.annotations.NullMarked;
