package io.patchbay.nsmgr;

import io.patchbay.api.registry.NetworkServiceEndpoint;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.mesh.registry.Change;
import io.patchbay.mesh.registry.Kind;
import io.patchbay.mesh.registry.MemoryRegistry;
import io.patchbay.mesh.registry.Registry;
import io.patchbay.mesh.registry.Subscription;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The endpoints as they are seen from this node (contracts/nsm.md fact 15). To the domain, what is
 * registered here is reached through this manager; here, at its own address. Of entries with this
 * manager's address only our own memory speaks: those that the domain still has from before a
 * restart are hidden.
 *
 * <p>With the domain's registry out of reach, what is registered here can still be found.
 */
final class NodeEndpoints implements Registry<NetworkServiceEndpoint> {
  private static final Logger log = LoggerFactory.getLogger(NodeEndpoints.class);

  private final MemoryRegistry<NetworkServiceEndpoint> here;
  private final Registry<NetworkServiceEndpoint> domain;
  private final String publicUrl;

  /**
   * @param here what is registered on this node, under its own addresses
   * @param domain what everybody sees
   */
  NodeEndpoints(
      MemoryRegistry<NetworkServiceEndpoint> here,
      Registry<NetworkServiceEndpoint> domain,
      Url publicUrl) {
    this.here = here;
    this.domain = domain;
    this.publicUrl = publicUrl.toString();
  }

  @Override
  public Kind<NetworkServiceEndpoint> kind() {
    return here.kind();
  }

  /** While the domain is out of reach this fails, but the endpoint can be found on this node. */
  @Override
  public NetworkServiceEndpoint register(NetworkServiceEndpoint entry) {
    try {
      // The domain must not have it for longer than we do.
      NetworkServiceEndpoint answer = domain.register(at(publicUrl, here.bounded(entry)));
      return here.register(at(entry.getUrl(), answer));
    } catch (Failure e) {
      if (isOutage(e)) {
        var unused = here.register(entry);
      }
      throw e;
    }
  }

  @Override
  public void unregister(NetworkServiceEndpoint entry) {
    if (kind().find(here, entry.getName()).isPresent()) {
      here.unregister(entry);
      domain.unregister(at(publicUrl, entry));
    }
  }

  @Override
  public List<NetworkServiceEndpoint> find(NetworkServiceEndpoint query) {
    List<NetworkServiceEndpoint> local = here(query);
    if (query.getUrl().equals(publicUrl)) {
      return local;
    }
    try {
      return Stream.concat(
              local.stream(), domain.find(query).stream().filter(entry -> !isOurs(entry)))
          .toList();
    } catch (Failure e) {
      if (local.isEmpty() || !isOutage(e)) {
        throw e;
      }
      log.warn("answering with what is on this node only: {}", Failure.text(e));
      return local;
    }
  }

  private List<NetworkServiceEndpoint> here(NetworkServiceEndpoint query) {
    return here.find(at("", query)).stream().filter(entry -> isAt(query.getUrl(), entry)).toList();
  }

  /** Whoever asks for an address may mean the endpoint's own, or ours. */
  private boolean isAt(String wanted, NetworkServiceEndpoint local) {
    return publicUrl.contains(wanted) || local.getUrl().contains(wanted);
  }

  @Override
  public Subscription watch(
      NetworkServiceEndpoint query, Consumer<Change<NetworkServiceEndpoint>> listener) {
    Object turn = new Object();
    Subscription local =
        here.watch(
            at("", query),
            change -> {
              if (!isElsewhere(query.getUrl(), change)) {
                tell(turn, listener, change);
              }
            });
    Subscription others =
        domain.watch(
            query,
            change -> {
              if (!(change instanceof Change.Present<NetworkServiceEndpoint> present)
                  || !isOurs(present.entry())) {
                tell(turn, listener, change);
              }
            });
    return () -> {
      others.close();
      local.close();
    };
  }

  private boolean isElsewhere(String wanted, Change<NetworkServiceEndpoint> change) {
    return change instanceof Change.Present<NetworkServiceEndpoint> present
        && !isAt(wanted, present.entry());
  }

  /** A listener hears one change at a time, though they come from two sides. */
  private static void tell(
      Object turn,
      Consumer<Change<NetworkServiceEndpoint>> listener,
      Change<NetworkServiceEndpoint> change) {
    synchronized (turn) {
      listener.accept(change);
    }
  }

  private boolean isOurs(NetworkServiceEndpoint entry) {
    return entry.getUrl().equals(publicUrl);
  }

  private static NetworkServiceEndpoint at(String url, NetworkServiceEndpoint entry) {
    return entry.toBuilder().setUrl(url).build();
  }

  private static boolean isOutage(Failure failure) {
    return switch (failure.kind()) {
      case UNAVAILABLE, TIMEOUT -> true;
      case INVALID, NOT_FOUND, CONFLICT, EXHAUSTED, DENIED, UNSUPPORTED, INTERNAL -> false;
    };
  }
}
