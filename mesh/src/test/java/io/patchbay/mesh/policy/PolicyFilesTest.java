package io.patchbay.mesh.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.mesh.identity.Identity;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which policies a pattern finds, and what CEL can say. */
class PolicyFilesTest {
  @TempDir Path root;
  private final FakeTime time = new FakeTime();
  private final Signed mesh = new Signed("k8s.nsm", time);
  private final Identity client = mesh.identity("nsc");
  private final Identity manager = mesh.identity("nsmgr");

  private PolicyFiles files() {
    return new PolicyFiles(root, Optional.empty(), time);
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private String mistake(Access.Kind kind, String pattern) {
    Failure failure = assertThrows(Failure.class, () -> files().find(kind, List.of(pattern)));
    assertEquals(Failure.Kind.INVALID, failure.kind());
    return Failure.text(failure);
  }

  private Access request() {
    return Access.ToConnection.asked(
        Signed.path(1, List.of(mesh.token(client, manager), mesh.token(manager, client))),
        Optional.of(client.leaf()));
  }

  @ParameterizedTest
  @CsvSource({
    "etc/nsm/opa/common/.*.rego, 3",
    "etc/nsm/opa/server/.*.rego, 1",
    "/etc/nsm/opa/client/.*.rego, 1",
    "etc/nsm/opa/(common|registry)/.*.rego, 4",
    "etc/nsm/opa/server/prev_token_signed.rego, 1",
    "etc/nsm/opa/.*, 7"
  })
  void upstreamsPatternsFindOursWithoutAnyFile(String pattern, int count) {
    assertEquals(count, files().find(Access.Kind.CONNECTION, List.of(pattern)).names().size());
  }

  @Test
  void theRegistrysDefaultsAreUpstreams() {
    assertEquals(
        List.of(
            "common/tokens_valid.rego",
            "common/tokens_expired.rego",
            "common/tokens_chained.rego",
            "registry/client_allowed.rego",
            "client/next_token_signed.rego"),
        files()
            .find(Access.Kind.REGISTRY, List.of(PolicyFiles.REGISTRY_CLIENT.split(",")))
            .names());
  }

  @Test
  void upstreamsFilesStandForOurs() throws IOException {
    write("etc/nsm/opa/common/tokens_valid.rego", "package nsm\n");
    assertEquals(
        List.of("common/tokens_valid.rego"),
        files().find(Access.Kind.CONNECTION, List.of("etc/nsm/opa/common/tokens_v.*")).names());
  }

  @Test
  void aPatternThatFitsNothingOrIsNoneIsAMistake() {
    assertEquals(
        "no policy file fits 'etc/nsm/opa/comon/.*.rego' in " + root,
        mistake(Access.Kind.CONNECTION, "etc/nsm/opa/comon/.*.rego"));
    assertTrue(mistake(Access.Kind.CONNECTION, "a(b").contains("'a(b' is no pattern"));
  }

  @Test
  void noPatternIsNoPolicy() {
    assertEquals(List.of(), files().find(Access.Kind.CONNECTION, List.of()).names());
  }

  @Test
  void regoWithoutAServerSaysWhatToDo() throws IOException {
    write("etc/nsm/opa/server/site.rego", "package nsm\nvalid := true\n");
    String text = mistake(Access.Kind.CONNECTION, "etc/nsm/opa/server/.*.rego");
    assertTrue(text.startsWith("policy etc/nsm/opa/server/site.rego is Rego"), text);
    assertTrue(text.contains("PATCHBAY_OPA_URL") && text.contains(".cel"), text);
    PolicyFiles asking =
        new PolicyFiles(root, Optional.of(URI.create("http://127.0.0.1:8181")), time);
    assertEquals(
        List.of("server/prev_token_signed.rego", "OPA at http://127.0.0.1:8181/v1/data/nsm/valid"),
        asking.find(Access.Kind.CONNECTION, List.of("etc/nsm/opa/server/.*.rego")).names());
  }

  @Test
  void aPackageNamesTheDocumentAtTheServer() throws IOException {
    write("site/a.rego", "# ours\npackage nsm.site\n");
    write("site/b.rego", "valid := true\n");
    PolicyFiles asking =
        new PolicyFiles(root, Optional.of(URI.create("http://127.0.0.1:8181/x/y")), time);
    assertEquals(
        List.of("OPA at http://127.0.0.1:8181/v1/data/nsm/site/valid"),
        asking.find(Access.Kind.CONNECTION, List.of("site/a.*")).names());
    Failure failure =
        assertThrows(Failure.class, () -> asking.find(Access.Kind.CONNECTION, List.of("site/b.*")));
    assertEquals(
        "policy site/b.rego names no package, by which the OPA server would know it",
        Failure.text(failure));
    assertTrue(
        asking.server().names().contains("OPA at http://127.0.0.1:8181/x/y"),
        asking.server().names().toString());
  }

  @Test
  void otherFilesAreAMistakeAndHiddenOnesAreNotThere() throws IOException {
    write("site/..data/a.cel", "false");
    write("site/.swp.cel", "false");
    write("site/a.cel", "true");
    assertEquals(
        List.of("site/a.cel"), files().find(Access.Kind.CONNECTION, List.of("site/.*")).names());
    write("site/README", "x");
    assertEquals(
        "policy site/README is neither .rego nor .cel; let no pattern fit it",
        mistake(Access.Kind.CONNECTION, "site/.*"));
  }

  @Test
  void celSeesTheInputsOfTheContract() throws IOException {
    write(
        "site/a.cel",
        """
        // Only this namespace.
        index == 1 && path_segments.size() == 2
          && path_segments.all(s, s.id.startsWith("id-") && s.name.startsWith("hop-"))
          && path_segments[0].expires.seconds == 0 && path_segments[0].metrics == {}
          && claims(path_segments[0].token).sub.startsWith("spiffe://k8s.nsm/ns/ns/")
          && claims(path_segments[0].token).exp > 0
          && auth_info.certificate.startsWith("-----BEGIN CERTIFICATE-----")
        """);
    files().find(Access.Kind.CONNECTION, List.of("site/.*")).check(request());
    write(
        "site/b.cel",
        "resource_name == 'n' && resource_path_ids_map['n'][0] == resource_id"
            + " && path_segments[0].token == 't' && index == 0");
    Policies registry = files().find(Access.Kind.REGISTRY, List.of("site/b.*"));
    registry.check(registered("n", "me"));
    assertEquals(
        "no sufficient privileges: site/b.cel: it is not true",
        Failure.text(
            assertThrows(Failure.class, () -> registry.check(registered("n", "somebody")))));
    write(
        "site/c.cel",
        "spiffe_id_connection_map[service_spiffe_id].exists(id, id in selector_connection_ids)");
    Policies monitor = files().find(Access.Kind.MONITOR, List.of("site/c.*"));
    monitor.check(watch(List.of("1"), List.of("1")));
    assertThrows(Failure.class, () -> monitor.check(watch(List.of("1"), List.of("2"))));
  }

  private static Access registered(String name, String owner) {
    return new Access.ToRegistry(
        "me", name, Optional.of(List.of(owner)), List.of("t"), 0, Optional.empty());
  }

  @Test
  void aPolicyWithoutAValueRefusesAndTellsNoToken() throws IOException {
    write("site/a.cel", "path_segments[9].token == 'x'");
    Failure failure =
        assertThrows(
            Failure.class,
            () -> files().find(Access.Kind.CONNECTION, List.of("site/.*")).check(request()));
    assertEquals(Failure.Kind.DENIED, failure.kind());
    assertTrue(
        Failure.text(failure).startsWith("no sufficient privileges: site/a.cel: it has no value"),
        Failure.text(failure));
  }

  @Test
  void aPolicyCannotRunForLong() throws IOException {
    StringBuilder loops = new StringBuilder("[0,1,2,3,4,5,6,7,8,9].all(a0, ");
    for (int i = 1; i < 12; i++) {
      loops.append("[0,1,2,3,4,5,6,7,8,9].all(a").append(i).append(", ");
    }
    write("site/a.cel", loops + "true" + ")".repeat(12));
    assertThrows(
        Failure.class,
        () -> files().find(Access.Kind.CONNECTION, List.of("site/.*")).check(request()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "true &&; site/a.cel:3:",
        "path_segment.size() > 0; site/a.cel:2:1: undeclared reference to 'path_segment'",
        "resource_name == 'x'; site/a.cel:2:1: undeclared reference to 'resource_name'",
        "index; site/a.cel:2:1: expected type 'bool' but found 'int'"
      })
  void aMistakeInCelHasItsPlace(String source, String text) throws IOException {
    write("site/a.cel", "// comment\n" + source + "\n");
    String told = mistake(Access.Kind.CONNECTION, "site/.*");
    assertTrue(told.startsWith(text), told);
  }

  private static Access watch(List<String> owned, List<String> selected) {
    return new Access.ToMonitor("a", owned, selected, List.of(), Optional.empty());
  }
}
