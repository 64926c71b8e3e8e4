package io.patchbay.hwsim.node;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A machine on the management network that runs daemons but no pods. Its address is IPv4 without a
 * prefix; the management network is 10.200.0.0/24 and its .1 is the rack's own.
 */
public record HostDescription(String name, String address, List<DaemonDescription> daemons) {
  private static final Pattern ADDRESS = Pattern.compile("10\\.200\\.0\\.([0-9]{1,3})");

  public HostDescription(
      @Nullable String name, @Nullable String address, @Nullable List<DaemonDescription> daemons) {
    this.name = Check.name("name", name);
    this.address = Check.matching("address", address, ADDRESS, "in 10.200.0.2..10.200.0.254");
    this.daemons = Check.list(daemons);
    Check.within(
        "the last part of address",
        Integer.parseInt(this.address.substring(this.address.lastIndexOf('.') + 1)),
        2,
        254);
    Check.Unique names = new Check.Unique();
    for (int i = 0; i < this.daemons.size(); i++) {
      names.take(this.daemons.get(i).name(), "daemons[" + i + "].name");
    }
  }
}
