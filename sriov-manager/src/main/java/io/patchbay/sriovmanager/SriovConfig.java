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
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The wanted state: NSM's {@code physicalFunctions} file (peers' format, unchanged). PCI addresses
 * are written in full: without its domain an address names another device on some machines.
 */
record SriovConfig(
    @JsonDeserialize(keyUsing = AddressKey.class) Map<PciAddress, Entry> physicalFunctions) {
  SriovConfig {
    if (physicalFunctions == null || physicalFunctions.isEmpty()) {
      throw invalid("physicalFunctions is empty; name at least one PF by its PCI address");
    }
    physicalFunctions = new TreeMap<>(physicalFunctions);
  }

  /**
   * What is wanted of one PF.
   *
   * @param pfKernelDriver the driver it must have
   * @param vfKernelDriver the driver its VFs are given
   * @param virtualFunctions normally absent: found in sysfs; what is written here is only checked
   */
  record Entry(
      String pfKernelDriver,
      String vfKernelDriver,
      List<Capability> capabilities,
      List<Domain> serviceDomains,
      List<Virtual> virtualFunctions) {
    Entry {
      require("pfKernelDriver", pfKernelDriver != null && !pfKernelDriver.isBlank());
      require("vfKernelDriver", vfKernelDriver != null && !vfKernelDriver.isBlank());
      require("capabilities", capabilities != null && !capabilities.isEmpty());
      require("serviceDomains", serviceDomains != null && !serviceDomains.isEmpty());
      capabilities = List.copyOf(capabilities);
      serviceDomains = List.copyOf(serviceDomains);
      virtualFunctions = virtualFunctions == null ? List.of() : List.copyOf(virtualFunctions);
    }

    /** Every name a VF of this PF goes by: each domain with each capability. */
    SortedSet<ResourceName> names() {
      SortedSet<ResourceName> names = new TreeSet<>();
      for (Domain domain : serviceDomains) {
        capabilities.forEach(capability -> names.add(new ResourceName(domain, capability)));
      }
      return names;
    }
  }

  /** A VF as NSM's tests list it. */
  record Virtual(String address, @Nullable Integer iommuGroup) {
    Virtual {
      require("address", address != null);
      address = whole(address).toString();
    }
  }

  /** Reads the file. Throws {@link Failure} of kind INVALID with file, line and field. */
  static SriovConfig read(Path file) {
    return Json.readFile(file, SriovConfig.class);
  }

  /** The same for one of its PFs alone. */
  SriovConfig only(PciAddress pf) {
    return new SriovConfig(Map.of(pf, physicalFunctions.get(pf)));
  }

  private static void require(String field, boolean present) {
    if (!present) {
      throw invalid(field + " is missing or empty; every entry needs it");
    }
  }

  private static PciAddress whole(String text) {
    PciAddress address = PciAddress.parse(text);
    if (text.indexOf(':') == text.lastIndexOf(':')) {
      throw invalid("PCI address '" + text + "' is the short form; write '" + address + "'");
    }
    return address;
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
        PciAddress address = whole(key);
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
