package io.patchbay.deviceplugin;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a device node is called in {@code PCIDEVICE_..._INFO}: the words of
 * sriov-network-device-plugin, which applications know.
 */
record NodeWord(String kind, String name) {
  private static final Pattern RDMA =
      Pattern.compile("/dev/infiniband/(uverbs|umad|issm|rdma_cm)\\d*");

  /** That of a path; empty for one that nobody has a word for. */
  static Optional<NodeWord> of(String path) {
    Matcher rdma = RDMA.matcher(path);
    if (rdma.matches()) {
      return Optional.of(new NodeWord("rdma", rdma.group(1)));
    }
    return switch (path) {
      case Vfio.CONTAINER -> Optional.of(new NodeWord("vfio", "mount"));
      case "/dev/vhost-net" -> Optional.of(new NodeWord("vhost", "net-mount"));
      case "/dev/net/tun" -> Optional.of(new NodeWord("vhost", "tun-mount"));
      default ->
          path.startsWith("/dev/vfio/")
              ? Optional.of(new NodeWord("vfio", "dev-mount"))
              : Optional.empty();
    };
  }
}
