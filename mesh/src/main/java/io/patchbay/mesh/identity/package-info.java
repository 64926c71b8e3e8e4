/**
 * Who this process is and whom it believes: X.509-SVIDs (the SPIFFE standards "SPIFFE ID",
 * "X509-SVID" and "Workload API"), and what signs them.
 */
@NullMarked
package io.patchbay.mesh.identity;

import org.jspecify.annotations.NullMarked;
