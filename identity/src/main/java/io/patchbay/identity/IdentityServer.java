package io.patchbay.identity;

import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.sockets.GrpcServer;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code patchbay identity}: the SPIFFE Workload API of a machine without SPIRE. */
public final class IdentityServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(IdentityServer.class);

  private final GrpcServer server;

  private IdentityServer(GrpcServer server) {
    this.server = server;
  }

  /**
   * Starts serving. Throws Failure naming file and line when a rule is wrong, and the file or the
   * address that cannot be had.
   */
  public static IdentityServer start(IdentityConfig config, Time time) {
    return start(config, Path.of("/proc"), time);
  }

  static IdentityServer start(IdentityConfig config, Path proc, Time time) {
    if (!config.listenOn().isUnix()) {
      throw new Failure(
          Failure.Kind.INVALID,
          "PATCHBAY_IDENTITY_LISTEN_ON="
              + config.listenOn()
              + ": only a unix socket tells which process asks");
    }
    IdentityFile file = Json.readFile(config.file(), IdentityFile.class);
    Callers callers = new Callers(proc, new PodNetworks(config.podNetworks()));
    WorkloadService service = new WorkloadService(file, callers, config, time);
    GrpcServer server = GrpcServer.start(List.of(config.listenOn()), List.of(service));
    log.info("identities of {} on {}", file.trustDomain(), server.addresses());
    return new IdentityServer(server);
  }

  /** Where it serves. */
  public Url address() {
    return server.addresses().getFirst();
  }

  @Override
  public void close() {
    server.close();
  }
}
