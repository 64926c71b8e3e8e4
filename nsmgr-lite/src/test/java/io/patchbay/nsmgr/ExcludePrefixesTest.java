package io.patchbay.nsmgr;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connectioncontext.ConnectionContext;
import io.patchbay.api.connectioncontext.IPContext;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Chain;
import io.patchbay.mesh.Link;
import io.patchbay.mesh.LinkContractTest;
import io.patchbay.mesh.Sessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is in the file now is what no endpoint may give. */
class ExcludePrefixesTest extends LinkContractTest {
  @TempDir Path folder;
  private Path file;
  private Link link;

  @BeforeEach
  void name() {
    file = folder.resolve("excluded_prefixes.yaml");
    link = new ExcludePrefixes(file);
  }

  @Override
  protected Link link() {
    return link;
  }

  @Override
  protected Set<String> heldOutside() {
    return Set.of();
  }

  private List<String> excluded(Call call) {
    Connection answer =
        Chain.of(List.of(Sessions.inMemory(time), link, (last, next) -> last.connection()))
            .request(call);
    return answer.getContext().getIpContext().getExcludedPrefixesList();
  }

  @Test
  void theFileIsHeededAsItIsNow() throws IOException {
    assertEquals(List.of(), excluded(call()));
    Files.writeString(file, "prefixes:\n- 10.96.0.0/12\n- fd00::/8\n");
    assertEquals(List.of("10.96.0.0/12", "fd00::/8"), excluded(call()));
    Files.writeString(file, "prefixes: [10.244.0.0/16]");
    assertEquals(List.of("10.244.0.0/16"), excluded(call()));
    Files.writeString(file, "prefixes: {");
    assertEquals(List.of("10.244.0.0/16"), excluded(call()), "half-written");
    Files.delete(file);
    assertEquals(List.of(), excluded(call()));
  }

  @Test
  void whatTheClientExcludesStays() throws IOException {
    Files.writeString(file, "prefixes: [10.96.0.0/12, 10.1.0.0/16]");
    IPContext own = IPContext.newBuilder().addExcludedPrefixes("10.1.0.0/16").build();
    Call call =
        call()
            .edit(connection ->
                connection.setContext(ConnectionContext.newBuilder().setIpContext(own)));
    assertEquals(List.of("10.1.0.0/16", "10.96.0.0/12"), excluded(call));
  }
}
