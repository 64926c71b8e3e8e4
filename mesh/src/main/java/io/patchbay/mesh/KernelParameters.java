package io.patchbay.mesh;

import io.patchbay.api.connection.Mechanism;
import java.util.Optional;

/**
 * A kernel interface in a network namespace (contracts/nsm.md sections 2 and 2.3).
 *
 * @param inodeUrl the namespace: {@code inode://dev/ino} on the wire, {@code file://} in a process
 * @param name the interface's name there, at most 15 characters
 * @param tokenId the grant of a VF, for clients that were given one
 */
public record KernelParameters(
    Optional<String> inodeUrl, Optional<String> name, Optional<String> tokenId) {
  /** The mechanism's type on the wire. */
  public static final String TYPE = "KERNEL";

  /** The key of the grant of a VF, in KERNEL and VFIO alike. */
  public static final String TOKEN_ID = "tokenID";

  private static final String INODE_URL = InodeUrls.KEY;
  private static final String NAME = "name";

  /** Reads a KERNEL mechanism; empty for any other. */
  public static Optional<KernelParameters> of(Mechanism mechanism) {
    if (!mechanism.getType().equals(TYPE)) {
      return Optional.empty();
    }
    return Optional.of(
        new KernelParameters(
            parameter(mechanism, INODE_URL),
            parameter(mechanism, NAME),
            parameter(mechanism, TOKEN_ID)));
  }

  /** The mechanism on the wire, keeping what else an earlier one said. */
  public Mechanism onto(Mechanism earlier) {
    Mechanism.Builder mechanism = earlier.toBuilder().setCls("LOCAL").setType(TYPE);
    inodeUrl.ifPresent(value -> mechanism.putParameters(INODE_URL, value));
    name.ifPresent(value -> mechanism.putParameters(NAME, value));
    tokenId.ifPresent(value -> mechanism.putParameters(TOKEN_ID, value));
    return mechanism.build();
  }

  /** The mechanism on the wire. */
  public Mechanism mechanism() {
    return onto(Mechanism.getDefaultInstance());
  }

  static Optional<String> parameter(Mechanism mechanism, String key) {
    return Optional.ofNullable(mechanism.getParametersMap().get(key)).filter(v -> !v.isEmpty());
  }
}
