package io.patchbay.deviceplugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.api.vf.Catalog;
import io.patchbay.api.vf.VirtualFunction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Fact 15 of contracts/kubelet.md section 12: what container runtimes read about VFs. */
class CdiSpecsTest {
  private static final String FAST = "example.com/100g";
  private static final String PTP = "example.com/ptp";

  @TempDir Path folder;

  private static VirtualFunction driven(int number, int group, String... names) {
    return FakeManager.function(number, List.of(names)).toBuilder()
        .setDriver("vfio-pci")
        .setIommuGroup(Integer.toString(group))
        .build();
  }

  private static VirtualFunction link(int number) {
    return FakeManager.function(number, List.of(FAST)).toBuilder().setDriver("iavf").build();
  }

  private static Sight sight(VirtualFunction... functions) {
    return new Sight(Catalog.newBuilder().addAllFunctions(List.of(functions)).build(), false);
  }

  private static String id(int number) {
    return FakeManager.function(number, List.of()).getPciAddress();
  }

  private CdiSpecs specs() throws IOException {
    Files.createDirectories(folder.resolve("cdi"));
    return new CdiSpecs(Optional.of(folder.resolve("cdi")));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> all = Files.list(folder.resolve("cdi"))) {
      return all.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private Path fast() throws IOException {
    return folder.resolve("cdi").resolve(files().getFirst());
  }

  private static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  /** Loaders refuse a whole file for one field that they do not know, or a version too low. */
  @Test
  void saysNoMoreThanItMustInTheLowestVersionThatCan() throws IOException {
    CdiSpecs specs = specs();
    specs.changed(sight(driven(0, 41, FAST), link(1), driven(2, 42, FAST)));
    String kind = CdiSpecs.kind(FAST);
    assertTrue(kind.matches("patchbay\\.io/[A-Za-z][A-Za-z0-9_-]{0,61}[A-Za-z0-9]"), kind);
    String compact = Files.readString(fast()).replaceAll("\\s", "");
    assertEquals(
        """
        {"cdiVersion":"0.5.0","kind":"KIND","devices":[
        {"name":"0000:3b:01.0","containerEdits":{"deviceNodes":[
        {"path":"/dev/vfio/41","permissions":"rw"}]}},
        {"name":"0000:3b:01.2","containerEdits":{"deviceNodes":[
        {"path":"/dev/vfio/42","permissions":"rw"}]}}],
        "containerEdits":{"deviceNodes":[{"path":"/dev/vfio/vfio","permissions":"rw"}]}}
        """
            .replace("KIND", kind)
            .replaceAll("\\s", ""),
        compact);
    assertEquals(
        List.of(kind + "=" + id(2), kind + "=" + id(0)), specs.names(FAST, List.of(id(2), id(0))));
    assertEquals(List.of(), specs.names(FAST, List.of(id(0), id(1))), "one is an interface");
  }

  /** An interface with RDMA needs device nodes, too; nobody needs those of vfio for it. */
  @Test
  void saysWhatComesBesideAVf() throws IOException {
    CdiSpecs specs = specs();
    VirtualFunction rdma =
        link(0).toBuilder()
            .addDeviceNodes("/dev/infiniband/uverbs3")
            .addDeviceNodes("/dev/infiniband/rdma_cm")
            .build();
    specs.changed(sight(rdma, link(1)));
    String kind = CdiSpecs.kind(FAST);
    assertEquals(
        """
        {"cdiVersion":"0.5.0","kind":"KIND","devices":[
        {"name":"0000:3b:01.0","containerEdits":{"deviceNodes":[
        {"path":"/dev/infiniband/uverbs3","permissions":"rw"},
        {"path":"/dev/infiniband/rdma_cm","permissions":"rw"}]}}],
        "containerEdits":{}}
        """
            .replace("KIND", kind)
            .replaceAll("\\s", ""),
        Files.readString(fast()).replaceAll("\\s", ""));
    assertEquals(List.of(kind + "=" + id(0)), specs.names(FAST, List.of(id(0))));
    VirtualFunction vhost = driven(2, 42, FAST).toBuilder().addDeviceNodes("/dev/net/tun").build();
    specs.changed(sight(rdma, vhost));
    String both = Files.readString(fast()).replaceAll("\\s", "");
    assertTrue(
        both.contains(
            """
            {"name":"0000:3b:01.2","containerEdits":{"deviceNodes":[
            {"path":"/dev/vfio/42","permissions":"rw"},
            {"path":"/dev/net/tun","permissions":"rw"}]}}],
            "containerEdits":{"deviceNodes":[{"path":"/dev/vfio/vfio","permissions":"rw"}]}
            """
                .replaceAll("\\s", "")),
        both);
  }

  @Test
  void twoNamesInOneContainerAreTwoKindsInTwoFiles() throws IOException {
    CdiSpecs specs = specs();
    specs.changed(sight(driven(0, 41, FAST, PTP), driven(1, 42, FAST, PTP)));
    assertEquals(2, files().size());
    assertNotEquals(CdiSpecs.kind(FAST), CdiSpecs.kind(PTP));
    assertNotEquals(CdiSpecs.kind("example.com/a-b"), CdiSpecs.kind("example.com/a_b"));
    assertEquals(List.of(CdiSpecs.kind(FAST) + "=" + id(0)), specs.names(FAST, List.of(id(0))));
    assertEquals(List.of(CdiSpecs.kind(PTP) + "=" + id(1)), specs.names(PTP, List.of(id(1))));
  }

  /** Group numbers differ from boot to boot; whoever reads sees the old file or the new one. */
  @Test
  void aFileIsReplacedWholeAndOnlyWhenSomethingHasChanged() throws IOException {
    CdiSpecs specs = specs();
    specs.changed(sight(driven(0, 41, FAST)));
    Object first = key(fast());
    Path seen = folder.resolve("seen");
    Files.createLink(seen, fast());
    specs.changed(sight(driven(0, 41, FAST), link(1)));
    assertEquals(first, key(fast()));
    specs.changed(sight(driven(0, 77, FAST)));
    assertNotEquals(first, key(fast()));
    assertTrue(Files.readString(fast()).contains("/dev/vfio/77"));
    assertTrue(Files.readString(seen).contains("/dev/vfio/41"), "nobody wrote into the old one");
    assertEquals(1, files().size(), "nothing is left beside it");
  }

  @Test
  void whatNobodyNeedsAnyMoreIsRemovedAndWhatIsNotOursStays() throws IOException {
    Path cdi = Files.createDirectories(folder.resolve("cdi"));
    Files.writeString(cdi.resolve("patchbay.io-vf-of_an_earlier_config-00000000.json"), "{}");
    Files.writeString(cdi.resolve(".patchbay.io-vf-torn-00000000.json.new"), "{");
    Files.writeString(cdi.resolve("vendor.com-gpu.json"), "{}");
    CdiSpecs specs = specs();
    specs.changed(Sight.NONE);
    assertEquals(3, files().size(), "nothing is known yet");
    specs.changed(sight(driven(0, 41, FAST)));
    assertEquals(2, files().size(), files().toString());
    specs.changed(sight(link(0)));
    assertEquals(List.of("vendor.com-gpu.json"), files());
    assertEquals(List.of(), specs.names(FAST, List.of(id(0))));
  }

  /** Somebody cleaned up, or mounted another folder over it. */
  @Test
  void whatSomebodyElseRemovesIsWrittenAgain() throws IOException {
    CdiSpecs specs = specs();
    specs.lookAfter();
    assertEquals(List.of(), files());
    specs.changed(sight(driven(0, 41, FAST), driven(1, 42, PTP)));
    Object kept = key(folder.resolve("cdi").resolve(files().getLast()));
    List<String> before = files();
    Files.delete(fast());
    specs.lookAfter();
    assertEquals(before, files());
    assertTrue(Files.readString(fast()).contains("/dev/vfio/41"));
    assertEquals(kept, key(folder.resolve("cdi").resolve(files().getLast())), "it was there");
    specs.changed(sight(link(0)));
    specs.lookAfter();
    assertEquals(List.of(), files(), "what nobody needs stays away");
  }

  /** With the folder they go, and with it they come: it is in memory, as after a boot. */
  @Test
  void aFolderThatComesBackIsFilled() throws IOException {
    CdiSpecs specs = specs();
    specs.changed(sight(driven(0, 41, FAST)));
    Files.delete(fast());
    Files.delete(folder.resolve("cdi"));
    specs.lookAfter();
    assertEquals(List.of(), specs.names(FAST, List.of(id(0))));
    Files.createDirectory(folder.resolve("cdi"));
    specs.lookAfter();
    assertEquals(1, files().size());
    assertEquals(1, specs.names(FAST, List.of(id(0))).size());
  }

  /** The kubelet then hands the nodes over alone. */
  @Test
  void whatCannotBeWrittenIsNotPromised() throws IOException {
    CdiSpecs specs = specs();
    Files.delete(folder.resolve("cdi"));
    specs.changed(sight(driven(0, 41, FAST)));
    assertEquals(List.of(), specs.names(FAST, List.of(id(0))));
    assertFalse(Files.exists(folder.resolve("cdi")), "only the node can make it");
    Files.createDirectory(folder.resolve("cdi"));
    specs.changed(sight(driven(0, 41, FAST)));
    assertEquals(1, specs.names(FAST, List.of(id(0))).size());
    Files.delete(fast());
    Files.delete(folder.resolve("cdi"));
    specs.changed(sight(driven(0, 42, FAST)));
    assertEquals(List.of(), specs.names(FAST, List.of(id(0))), "it is gone again");
  }

  @Test
  void nothingIsWrittenWithoutAFolderOrWithoutSuchFunctions() throws IOException {
    CdiSpecs none = new CdiSpecs(Optional.empty());
    none.changed(sight(driven(0, 41, FAST)));
    assertEquals(List.of(), none.names(FAST, List.of(id(0))));
    specs().changed(sight(link(0)));
    assertEquals(List.of(), files());
  }
}
