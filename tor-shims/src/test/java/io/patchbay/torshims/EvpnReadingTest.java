package io.patchbay.torshims;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvpnReadingTest {
  private static final EvpnInstance WANTED =
      new EvpnInstance("patchbay-red", 100, 10100, "65000:10100");

  private static EvpnReading reading(String[] parts) {
    Map<Integer, VlanTable.Entry> vlans = new TreeMap<>();
    for (String vlan : parts[2].split("\\+", -1)) {
      String[] told = vlan.split("/", -1);
      vlans.put(Integer.valueOf(told[0]), new VlanTable.Entry(told[1], told[2].equals("ACTIVE")));
    }
    EvpnReading.Segment segment =
        new EvpnReading.Segment(
            parts[3],
            parts[4],
            parts[5],
            Set.copyOf(Arrays.asList(parts[6].split("\\+", -1))),
            Set.copyOf(Arrays.asList(parts[7].split("\\+", -1))),
            parts[8]);
    EvpnReading.Segment other =
        new EvpnReading.Segment("1", "x:MPLS", "VLAN_BASED", Set.of(), Set.of(), "");
    return new EvpnReading(
        "patchbay-red",
        parts[0],
        parts[1].equals("on"),
        vlans,
        parts.length > 9 ? List.of(segment, other) : List.of(segment));
  }

  /** The first is as the shim makes it; each other row has one thing otherwise. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          L2VSI on 100/patchbay-red/ACTIVE 10100 VXLAN VLAN_BASED 65000:10100 65000:10100 10100 | true
          t:L2VSI on 100/patchbay-red/ACTIVE 10100 t:VXLAN e:VLAN_BASED 65000:10100 65000:10100 10100 | true
          L2VSI on 100/patchbay-red/ACTIVE 10100 VXLAN VLAN_BASED route-target:65000:10100 65000:10100 10100 | true
          L3VRF on 100/patchbay-red/ACTIVE 10100 VXLAN VLAN_BASED 65000:10100 65000:10100 10100 | false
          L2VSI off 100/patchbay-red/ACTIVE 10100 VXLAN VLAN_BASED 65000:10100 65000:10100 10100 | false
          L2VSI on 101/patchbay-red/ACTIVE 10100 VXLAN VLAN_BASED 65000:10100 65000:10100 10100 | false
          L2VSI on 100/storage/ACTIVE 10100 VXLAN VLAN_BASED 65000:10100 65000:10100 10100 | false
          L2VSI on 100/patchbay-red/SUSPENDED 10100 VXLAN VLAN_BASED 65000:10100 65000:10100 10100 | false
          L2VSI on 100/patchbay-red/ACTIVE+101/x/ACTIVE 10100 VXLAN VLAN_BASED 65000:10100 65000:10100 10100 | false
          L2VSI on 100/patchbay-red/ACTIVE 10101 VXLAN VLAN_BASED 65000:10100 65000:10100 10100 | false
          L2VSI on 100/patchbay-red/ACTIVE 10100 MPLS VLAN_BASED 65000:10100 65000:10100 10100 | false
          L2VSI on 100/patchbay-red/ACTIVE 10100 VXLAN VLAN_AWARE 65000:10100 65000:10100 10100 | false
          L2VSI on 100/patchbay-red/ACTIVE 10100 VXLAN VLAN_BASED 65001:10100 65000:10100 10100 | false
          L2VSI on 100/patchbay-red/ACTIVE 10100 VXLAN VLAN_BASED 65000:10100+65000:1 65000:10100 10100 | false
          L2VSI on 100/patchbay-red/ACTIVE 10100 VXLAN VLAN_BASED 65000:10100 65001:10100 10100 | false
          L2VSI on 100/patchbay-red/ACTIVE 10100 VXLAN VLAN_BASED 65000:10100 65000:10100 10101 | false
          L2VSI on 100/patchbay-red/ACTIVE 10100 VXLAN VLAN_BASED 65000:10100 65000:10100 10100 twice | false
          """)
  void whatIsOtherwiseIsNoticed(String told, boolean same) {
    assertEquals(same, reading(told.split(" ", -1)).is(WANTED));
  }
}
