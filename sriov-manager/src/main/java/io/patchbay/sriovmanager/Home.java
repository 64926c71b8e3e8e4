package io.patchbay.sriovmanager;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.VfLinkState;
import io.patchbay.linux.VfRates;
import org.jspecify.annotations.Nullable;

/**
 * How a VF is when nobody has it: its interface, and what its PF says about it.
 *
 * @param name the interface's name; empty for a VF that has none, as containers drive it themselves
 * @param mac the interface's hardware address
 * @param mtu bytes
 * @param settings what the PF is told
 */
record Home(String name, String mac, int mtu, Settings settings) {
  /** The home of a VF that was never looked at. */
  static final Home UNKNOWN = new Home("", "", 0, new Settings("", 0, 0, false));

  /** Whether it has no interface: nothing is moved, and only its PF is told anything. */
  @JsonIgnore
  boolean bare() {
    return name.isEmpty();
  }

  /** The same under another name, as a new boot may give it. */
  Home named(String other) {
    return new Home(other, mac, mtu, settings);
  }

  /**
   * A VF's settings on its PF.
   *
   * @param mac the administrative hardware address, all zero when there is none
   * @param vlan 0 for none
   * @param qos the priority of its tag, 0 to 7
   * @param extras what else there is; ledgers of old do not tell
   */
  record Settings(String mac, int vlan, int qos, boolean spoofCheck, @Nullable Extras extras) {
    /** Settings of which no more is known. */
    Settings(String mac, int vlan, int qos, boolean spoofCheck) {
      this(mac, vlan, qos, spoofCheck, null);
    }

    /** Whether this is what was wanted, as far as the wanted ones are known. */
    boolean fits(Settings wanted) {
      Extras compared = wanted.extras == null ? null : extras;
      return new Settings(mac, vlan, qos, spoofCheck, compared).equals(wanted);
    }

    MacAddress macAddress() {
      return MacAddress.parse(mac);
    }
  }

  /**
   * What few VFs need.
   *
   * @param minTxRate Mbit/s, 0 for none; maxTxRate likewise
   */
  record Extras(boolean trust, int minTxRate, int maxTxRate, VfLinkState linkState) {
    VfRates rates() {
      return new VfRates(minTxRate, maxTxRate);
    }
  }

  /** Whether this is the wanted home, as far as that is known. */
  boolean fits(Home wanted) {
    return new Home(wanted.name, wanted.mac, wanted.mtu, settings).equals(this)
        && settings.fits(wanted.settings);
  }
}
