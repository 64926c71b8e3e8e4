package io.patchbay.torshims;

import java.util.Optional;

/** Whether a port has a link, in the words of OpenConfig's {@code oper-status}. Pure. */
public final class OperStatus {
  private OperStatus() {}

  /** Empty for what tells neither, such as UNKNOWN, TESTING and DORMANT. */
  public static Optional<Boolean> isUp(String status) {
    return switch (status.substring(status.indexOf(':') + 1)) {
      case "UP" -> Optional.of(true);
      case "DOWN", "NOT_PRESENT", "LOWER_LAYER_DOWN" -> Optional.of(false);
      default -> Optional.empty();
    };
  }
}
