package io.patchbay.torshims;

import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The VLANs of what nodes send without a tag. */
final class NativeVlans {
  private static final Logger log = LoggerFactory.getLogger(NativeVlans.class);

  private NativeVlans() {}

  /**
   * By port of a switch, as the cables file says, but for those that are some service's: one that
   * has left the fabric file may yet have clients on its VLAN, and no host is to join them.
   */
  static Map<String, Integer> of(String switchName, Cables cables, Segments segments) {
    Map<String, Integer> free = new TreeMap<>();
    cables
        .nativeVlans(switchName)
        .forEach((port, vlan) ->
            segments
                .service(vlan)
                .ifPresentOrElse(
                    service ->
                        log.error(
                            "{}: the cables file wants nativeVlan {} at port {}, but that VLAN is"
                                + " service {}'s: frames without a tag are dropped there",
                            switchName,
                            vlan,
                            port,
                            service),
                    () -> free.put(port, vlan)));
    return free;
  }
}
