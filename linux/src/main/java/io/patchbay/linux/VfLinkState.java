package io.patchbay.linux;

import io.patchbay.base.Failure;

/** What carrier a virtual function is shown: IFLA_VF_LINK_STATE_* of {@code linux/if_link.h}. */
public enum VfLinkState {
  /** That of the physical function. */
  AUTO(0),
  /** Always up, so that functions of one NIC can talk without a cable. */
  ENABLE(1),
  /** Always down. */
  DISABLE(2);

  private final int number;

  VfLinkState(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  static VfLinkState of(int number) {
    return switch (number) {
      case 0 -> AUTO;
      case 1 -> ENABLE;
      case 2 -> DISABLE;
      default ->
          throw new Failure(
              Failure.Kind.INVALID,
              "link state " + number + " of a virtual function; 0..2 are known");
    };
  }
}
