package io.patchbay.sriovmanager;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.KeyDeserializer;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.linux.PciAddress;
import io.patchbay.sriovmanager.ResourceName.Capability;
import io.patchbay.sriovmanager.ResourceName.Domain;
import io.patchbay.sriovmanager.SriovConfig.Entry;
import io.patchbay.sriovmanager.SriovConfig.Share;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The config file as people write it: NSM's {@code physicalFunctions} (its files are read
 * unchanged; {@code settings} are ours), {@code selectors}, or both. A PCI address without its
 * domain is of domain 0000, as {@code lspci} writes it.
 */
record ConfigFile(
    @JsonDeserialize(keyUsing = AddressKey.class) Map<PciAddress, Listed> physicalFunctions,
    List<Selector> selectors) {
  ConfigFile {
    physicalFunctions = physicalFunctions == null ? Map.of() : new TreeMap<>(physicalFunctions);
    selectors = selectors == null ? List.of() : List.copyOf(selectors);
    if (physicalFunctions.isEmpty() && selectors.isEmpty()) {
      throw invalid(
          "physicalFunctions is empty; name at least one PF by its PCI address, or write"
              + " selectors");
    }
  }

  /**
   * A PF that the file names.
   *
   * @param pfKernelDriver the driver it must have
   * @param vfKernelDriver the driver its VFs are given
   * @param virtualFunctions normally absent: found in sysfs; what is written here is only checked
   * @param settings how a VF is set while a connection has it; NSM has none
   */
  record Listed(
      String pfKernelDriver,
      String vfKernelDriver,
      List<Capability> capabilities,
      List<Domain> serviceDomains,
      List<Virtual> virtualFunctions,
      VfOptions settings) {
    Listed {
      require("pfKernelDriver", pfKernelDriver != null && !pfKernelDriver.isBlank());
      require("vfKernelDriver", vfKernelDriver != null && !vfKernelDriver.isBlank());
      require("capabilities", capabilities != null && !capabilities.isEmpty());
      require("serviceDomains", serviceDomains != null && !serviceDomains.isEmpty());
      capabilities = List.copyOf(capabilities);
      serviceDomains = List.copyOf(serviceDomains);
      virtualFunctions = virtualFunctions == null ? List.of() : List.copyOf(virtualFunctions);
      settings = settings == null ? VfOptions.NONE : settings;
      settings.checkFor(vfKernelDriver);
    }

    private Entry entry() {
      SortedSet<ResourceName> names = ResourceName.all(serviceDomains, capabilities);
      return new Entry(
          pfKernelDriver,
          List.of(new Share("physicalFunctions", VfNumbers.ALL, vfKernelDriver, names, settings)));
    }
  }

  /** A VF as NSM's tests list it. */
  record Virtual(String address, @Nullable Integer iommuGroup) {
    Virtual {
      require("address", address != null);
      address = PciAddress.parse(address).toString();
    }
  }

  /** Reads the file. Throws {@link Failure} of kind INVALID with file, line and field. */
  static ConfigFile read(Path file) {
    return Json.readFile(file, ConfigFile.class);
  }

  /** What it wants of each PF that it names and of those among {@code there} that it selects. */
  SriovConfig select(List<Candidate> there) {
    Map<PciAddress, Entry> entries = new TreeMap<>();
    physicalFunctions.forEach((pf, listed) -> entries.put(pf, listed.entry()));
    for (int i = 0; i < selectors.size(); i++) {
      Selector selector = selectors.get(i);
      String origin = "selectors[" + i + "]";
      SortedSet<ResourceName> names =
          ResourceName.all(selector.serviceDomains(), selector.capabilities());
      for (Candidate pf : there) {
        Optional<Share> share =
            selector
                .choose(pf)
                .map(numbers ->
                    new Share(
                        origin,
                        numbers,
                        selector.vfKernelDriver(),
                        names,
                        selector.settings(),
                        selector.extras()));
        share.ifPresent(more ->
            entries.merge(
                pf.address(), new Entry("", List.of(more)), (entry, unused) -> entry.and(more)));
      }
    }
    return new SriovConfig(entries);
  }

  /** The selectors that choose nothing, as they are called in messages. */
  List<String> idle(List<Candidate> there) {
    List<String> idle = new ArrayList<>();
    for (int i = 0; i < selectors.size(); i++) {
      Selector selector = selectors.get(i);
      if (there.stream().noneMatch(pf -> selector.choose(pf).isPresent())) {
        idle.add("selectors[" + i + "]");
      }
    }
    return idle;
  }

  static void require(String field, boolean present) {
    if (!present) {
      throw invalid(field + " is missing or empty; every entry needs it");
    }
  }

  private static Failure invalid(String message) {
    return new Failure(Failure.Kind.INVALID, message);
  }

  /** Reads a map's key as a PCI address; the same one twice is an error. */
  static final class AddressKey extends KeyDeserializer {
    @Override
    public Object deserializeKey(String key, DeserializationContext context) throws IOException {
      JsonParser parser = context.getParser();
      try {
        PciAddress address = PciAddress.parse(key);
        if (!seen(context).add(address)) {
          throw invalid("PF " + address + " is listed twice");
        }
        return address;
      } catch (Failure e) {
        throw JsonMappingException.from(parser, Failure.text(e), e);
      }
    }

    @SuppressWarnings("unchecked") // this class alone writes the attribute
    private static SortedSet<PciAddress> seen(DeserializationContext context) {
      Object known = context.getAttribute(AddressKey.class);
      if (known == null) {
        known = new TreeSet<PciAddress>();
        context.setAttribute(AddressKey.class, known);
      }
      return (SortedSet<PciAddress>) known;
    }
  }
}
