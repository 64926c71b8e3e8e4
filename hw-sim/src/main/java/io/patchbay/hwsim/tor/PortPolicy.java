package io.patchbay.hwsim.tor;

import java.util.List;
import java.util.Optional;

/**
 * What a port lets pass in one direction.
 *
 * @param lists each of which must accept a frame
 * @param rate of its policer, if it has one
 */
record PortPolicy(List<AccessList> lists, Optional<Rate> rate) {
  PortPolicy {
    lists = List.copyOf(lists);
  }
}
