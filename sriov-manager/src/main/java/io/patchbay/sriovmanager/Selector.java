package io.patchbay.sriovmanager;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.patchbay.base.Failure;
import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.Candidate.LinkType;
import io.patchbay.sriovmanager.Candidate.Port;
import io.patchbay.sriovmanager.ResourceName.Capability;
import io.patchbay.sriovmanager.ResourceName.Domain;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Chooses PFs, or some VFs of them, by what they are, and says what becomes of those VFs. Each
 * field that is written must fit, one of its values is enough; the words are those of the device
 * plugin and the operator that users of SR-IOV know (peers/sriov.md a.4), and all are about the PF.
 *
 * @param vendors PCI vendor ids, four hexadecimal digits
 * @param devices PCI device ids, of the PF or of its VFs
 * @param drivers the PF's driver
 * @param pfNames the PF's interface, with VF numbers behind a {@code #} or without
 * @param rootDevices the PF's PCI address, with VF numbers or without
 * @param speeds in Mbit/s, as the PF's port last had it
 * @param vfKernelDriver the driver the VFs are given
 * @param settings how a VF is set while a connection has it
 * @param isRdma whether a container also gets the device nodes of the VF's RDMA device, without
 *     which the VF is not offered
 * @param needVhostNet the same of the node's {@code /dev/vhost-net} and {@code /dev/net/tun}
 */
record Selector(
    List<HexId> vendors,
    List<HexId> devices,
    List<String> drivers,
    List<PfName> pfNames,
    List<RootDevice> rootDevices,
    List<Link> linkTypes,
    List<Integer> speeds,
    List<Integer> numaNodes,
    String vfKernelDriver,
    List<Capability> capabilities,
    List<Domain> serviceDomains,
    VfOptions settings,
    @JsonProperty("isRdma") @Nullable Boolean isRdma,
    @Nullable Boolean needVhostNet) {
  Selector {
    settings = settings == null ? VfOptions.NONE : settings;
    vendors = orNone(vendors);
    devices = orNone(devices);
    drivers = orNone(drivers);
    pfNames = orNone(pfNames);
    rootDevices = orNone(rootDevices);
    linkTypes = orNone(linkTypes);
    speeds = orNone(speeds);
    numaNodes = orNone(numaNodes);
    boolean any =
        List.of(vendors, devices, drivers, pfNames, rootDevices, linkTypes, speeds, numaNodes)
            .stream()
            .anyMatch(criterion -> !criterion.isEmpty());
    if (!any) {
      throw invalid(
          "a selector that says nothing of the PF would take every one of this node; write vendors,"
              + " devices, drivers, pfNames, rootDevices, linkTypes, speeds or numaNodes");
    }
    ConfigFile.require("vfKernelDriver", vfKernelDriver != null && !vfKernelDriver.isBlank());
    settings.checkFor(vfKernelDriver);
    if (isRdma != null && isRdma && vfKernelDriver.equals(Vfio.DRIVER)) {
      throw invalid(
          "isRdma is a matter of the kernel's driver: a VF with vfio-pci has no RDMA device");
    }
    ConfigFile.require("capabilities", capabilities != null && !capabilities.isEmpty());
    ConfigFile.require("serviceDomains", serviceDomains != null && !serviceDomains.isEmpty());
    capabilities = List.copyOf(capabilities);
    serviceDomains = List.copyOf(serviceDomains);
  }

  /** What a container is given beside the VF. */
  Set<Extra> extras() {
    Set<Extra> extras = EnumSet.noneOf(Extra.class);
    if (isRdma != null && isRdma) {
      extras.add(Extra.RDMA);
    }
    if (needVhostNet != null && needVhostNet) {
      extras.add(Extra.VHOST_NET);
    }
    return extras;
  }

  private static <T> List<T> orNone(@Nullable List<T> written) {
    return written == null ? List.of() : List.copyOf(written);
  }

  /** The VFs of this PF that it chooses; empty when it chooses none. */
  Optional<VfNumbers> choose(Candidate pf) {
    boolean fits =
        fits(vendors, id -> id.number == pf.vendor())
            && fits(devices, id -> pf.devices().contains(id.number))
            && fits(drivers, pf.driver()::equals)
            && fits(numaNodes, node -> pf.numaNode().orElse(-1) == node)
            && fits(speeds, speed -> onAnyPort(pf, port -> port.speed() == speed))
            && fits(linkTypes, link -> onAnyPort(pf, link::fits));
    VfNumbers chosen = byName(pf).and(byRoot(pf));
    return fits && !chosen.isEmpty() ? Optional.of(chosen) : Optional.empty();
  }

  private static <T> boolean fits(List<T> wanted, Predicate<T> one) {
    return wanted.isEmpty() || wanted.stream().anyMatch(one);
  }

  private static boolean onAnyPort(Candidate pf, Predicate<Port> wanted) {
    return pf.ports().stream().anyMatch(wanted);
  }

  private VfNumbers byName(Candidate pf) {
    return pfNames.isEmpty()
        ? VfNumbers.ALL
        : pfNames.stream()
            .filter(wanted -> onAnyPort(pf, port -> port.name().equals(wanted.name)))
            .map(PfName::numbers)
            .reduce(new VfNumbers(List.of()), VfNumbers::or);
  }

  private VfNumbers byRoot(Candidate pf) {
    return rootDevices.isEmpty()
        ? VfNumbers.ALL
        : rootDevices.stream()
            .filter(wanted -> wanted.address.equals(pf.address()))
            .map(RootDevice::numbers)
            .reduce(new VfNumbers(List.of()), VfNumbers::or);
  }

  private static Failure invalid(String message) {
    return new Failure(Failure.Kind.INVALID, message);
  }

  /** A PCI vendor or device id. */
  @JsonDeserialize(using = HexIdReader.class)
  record HexId(int number) {
    private static final Pattern FORM = Pattern.compile("(0[xX])?([0-9a-fA-F]{4})");

    /** Reads four hexadecimal digits. */
    static HexId of(String text) {
      var digits = FORM.matcher(text);
      if (!digits.matches()) {
        throw invalid("'" + text + "' is not a PCI id; write four hexadecimal digits: \"8086\"");
      }
      return new HexId(Integer.parseInt(digits.group(2), 16));
    }
  }

  /** Takes an id by its digits also where somebody forgot the quotes and YAML sees a number. */
  static final class HexIdReader extends JsonDeserializer<HexId> {
    @Override
    public HexId deserialize(JsonParser parser, DeserializationContext context) throws IOException {
      try {
        return HexId.of(parser.getText());
      } catch (Failure e) {
        throw JsonMappingException.from(parser, Failure.text(e), e);
      }
    }
  }

  /** {@code ens1f0} or {@code ens1f0#0-3,6}. */
  record PfName(String name, VfNumbers numbers) {
    private static final Pattern FORM = Pattern.compile("[^/\\s#]{1,15}");

    /** Reads either form, where an error then names its line. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static PfName of(String text) {
      String name = beforeHash(text);
      if (!FORM.matcher(name).matches()) {
        throw invalid("'" + name + "' is not the name of an interface");
      }
      return new PfName(name, behindHash(text));
    }
  }

  /** {@code 0000:3b:00.0} or {@code 0000:3b:00.0#0-3,6}. */
  record RootDevice(PciAddress address, VfNumbers numbers) {
    /** Reads either form, where an error then names its line. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static RootDevice of(String text) {
      return new RootDevice(PciAddress.parse(beforeHash(text)), behindHash(text));
    }
  }

  private static String beforeHash(String text) {
    int hash = text.indexOf('#');
    return hash < 0 ? text : text.substring(0, hash);
  }

  private static VfNumbers behindHash(String text) {
    int hash = text.indexOf('#');
    return hash < 0 ? VfNumbers.ALL : VfNumbers.parse(text.substring(hash + 1));
  }

  /** A link type as people write it. */
  record Link(LinkType type) {
    /** Reads one in any case, where an error then names its line. */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Link of(String text) {
      return new Link(
          switch (text.toLowerCase(Locale.ROOT)) {
            case "ether", "eth" -> LinkType.ETHER;
            case "infiniband", "ib" -> LinkType.INFINIBAND;
            default -> throw invalid("link type '" + text + "' is neither ether nor infiniband");
          });
    }

    boolean fits(Port port) {
      return port.type().equals(Optional.of(type));
    }
  }
}
