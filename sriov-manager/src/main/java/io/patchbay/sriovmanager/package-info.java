/** Makes VFs exist, knows who has which, puts them into pods and brings them home. */
@NullMarked
package io.patchbay.sriovmanager;

import org.jspecify.annotations.NullMarked;
