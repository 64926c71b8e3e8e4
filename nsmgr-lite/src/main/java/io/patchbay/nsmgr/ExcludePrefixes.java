package io.patchbay.nsmgr;

import io.patchbay.api.connection.Connection;
import io.patchbay.api.connectioncontext.ConnectionContext;
import io.patchbay.api.connectioncontext.IPContext;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.mesh.Call;
import io.patchbay.mesh.Handler;
import io.patchbay.mesh.Link;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells every endpoint which addresses are in use in this cluster and must not be given: those of a
 * file, a YAML list under {@code prefixes} (contracts/nsm.md section 8), which is read again for
 * each request, since it is small and changes while we run. Without the file there are none; one
 * that cannot be read leaves those of before.
 */
final class ExcludePrefixes implements Link {
  private static final Logger log = LoggerFactory.getLogger(ExcludePrefixes.class);

  /** What the file says. */
  private record Content(@Nullable List<String> prefixes) {}

  private final Path file;
  private volatile List<String> last = List.of();

  ExcludePrefixes(Path file) {
    this.file = file;
  }

  @Override
  public Connection request(Call call, Handler next) {
    List<String> excluded = excluded();
    return next.request(
        excluded.isEmpty()
            ? call
            : call.edit(
                connection -> connection.setContext(without(connection.getContext(), excluded))));
  }

  private static ConnectionContext without(ConnectionContext context, List<String> excluded) {
    Set<String> all = new LinkedHashSet<>(context.getIpContext().getExcludedPrefixesList());
    all.addAll(excluded);
    IPContext ip =
        context.getIpContext().toBuilder()
            .clearExcludedPrefixes()
            .addAllExcludedPrefixes(all)
            .build();
    return context.toBuilder().setIpContext(ip).build();
  }

  private List<String> excluded() {
    try {
      List<String> prefixes = Json.readFile(file, Content.class).prefixes();
      last = prefixes == null ? List.of() : List.copyOf(prefixes);
    } catch (Failure e) {
      if (e.kind() == Failure.Kind.NOT_FOUND) {
        last = List.of();
      } else {
        log.warn("excluding the prefixes of before: {}", Failure.text(e));
      }
    }
    return last;
  }
}
