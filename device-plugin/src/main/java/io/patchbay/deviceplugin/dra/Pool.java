package io.patchbay.deviceplugin.dra;

import io.patchbay.api.vf.VirtualFunction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a node offers to resource claims, in slices (contracts/kubelet.md section 8.1). Pure.
 *
 * @param slices at least one, for an empty pool is also something to know
 */
public record Pool(String driver, String node, List<List<Offer>> slices) {
  /** So many devices a slice has at most. */
  private static final int DEVICES = 128;

  /** So many attributes a device has at most. */
  private static final int ATTRIBUTES = 32;

  private static final int DOMAIN_CHARACTERS = 63;
  private static final int WORD_CHARACTERS = 32;
  private static final int TEXT_CHARACTERS = 64;

  /** Copies the slices. */
  public Pool {
    slices = slices.stream().map(List::copyOf).toList();
  }

  /**
   * A device.
   *
   * @param attributes each a Boolean, a Long or a String
   */
  public record Offer(String name, SortedMap<String, Object> attributes) {}

  /** The pool of a node that has these VFs to offer. */
  static Pool of(String driver, String node, Collection<VirtualFunction> functions) {
    List<Offer> offers =
        functions.stream()
            .sorted(Comparator.comparing(VirtualFunction::getPciAddress))
            .map(vf -> new Offer(DeviceName.of(vf.getPciAddress()), attributes(vf)))
            .toList();
    List<List<Offer>> slices = new ArrayList<>();
    for (int from = 0; from == 0 || from < offers.size(); from += DEVICES) {
      slices.add(offers.subList(from, Math.min(offers.size(), from + DEVICES)));
    }
    return new Pool(driver, node, slices);
  }

  private static SortedMap<String, Object> attributes(VirtualFunction vf) {
    SortedMap<String, Object> all = new TreeMap<>();
    all.put("resource.kubernetes.io/pciBusID", vf.getPciAddress());
    all.put("pfAddress", vf.getPfAddress());
    all.put("pfName", vf.getPfName());
    all.put("vfNumber", (long) vf.getNumber());
    all.put("kernelDriver", vf.getDriver());
    if (vf.getNumaNode() >= 0) {
      all.put("numaNode", (long) vf.getNumaNode());
    }
    if (vf.getResourceNamesCount() == 1) {
      all.put("resourceName", vf.getResourceNames(0));
    }
    all.values().removeIf(value -> !fits(value));
    vf.getResourceNamesList().stream()
        .flatMap(Pool::capability)
        .limit(ATTRIBUTES - all.size())
        .forEach(name -> all.put(name, true));
    return all;
  }

  private static boolean fits(Object value) {
    return !(value instanceof String text) || !text.isEmpty() && text.length() <= TEXT_CHARACTERS;
  }

  /**
   * {@code example.com/100g} as an attribute's name: its second part has to be a word as in C, so
   * {@code example.com/cap_100g}. None for one that is too long.
   */
  private static Stream<String> capability(String resource) {
    int slash = resource.indexOf('/');
    String domain = resource.substring(0, slash);
    String word = "cap_" + resource.substring(slash + 1).replaceAll("[^A-Za-z0-9]", "_");
    return domain.length() <= DOMAIN_CHARACTERS && word.length() <= WORD_CHARACTERS
        ? Stream.of(domain + "/" + word)
        : Stream.of();
  }

  /** How many devices it has. */
  int size() {
    return slices.stream().mapToInt(List::size).sum();
  }
}
