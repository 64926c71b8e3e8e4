package io.patchbay.registryproxy;

import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Cache;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Lookup;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Finds a service of another domain by DNS (contracts/nsm.md section 7): the port from the first
 * SRV record of its name, the address from the first A or AAAA record of the same name. Answers are
 * remembered for as long as their records say. Safe for all threads.
 */
final class Dns {
  /** For one server; a name that nobody answers for must not use up the caller's whole patience. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final Cache cache = new Cache(DClass.IN);
  private final Resolver resolver;

  private Dns(Resolver resolver) {
    this.resolver = resolver;
    resolver.setTimeout(TIMEOUT);
  }

  /**
   * @param server whom to ask; empty for those of this machine's resolv.conf
   */
  static Dns of(Optional<Url> server) {
    return new Dns(server.map(Dns::at).orElseGet(ExtendedResolver::new));
  }

  private static Resolver at(Url server) {
    try {
      SimpleResolver resolver = new SimpleResolver(server.host());
      resolver.setPort(server.port());
      return resolver;
    } catch (UnknownHostException e) {
      throw new Failure(
          Failure.Kind.INVALID, "the DNS server " + server.rest() + " is an unknown host", e);
    }
  }

  /**
   * Where a service is; empty when no such name exists. Throws {@link Failure} UNAVAILABLE when
   * nobody answers, INVALID when the name cannot be one of DNS.
   */
  Optional<Url> service(String name) {
    Optional<Integer> port =
        records(name, Type.SRV).stream().map(srv -> ((SRVRecord) srv).getPort()).findFirst();
    return port.flatMap(found -> address(name).map(host -> new Url("tcp", host + ":" + found)));
  }

  private Optional<String> address(String name) {
    return records(name, Type.A).stream()
        .map(a -> ((ARecord) a).getAddress().getHostAddress())
        .findFirst()
        .or(() ->
            records(name, Type.AAAA).stream()
                .map(a -> "[" + ((AAAARecord) a).getAddress().getHostAddress() + "]")
                .findFirst());
  }

  private List<Record> records(String name, int type) {
    Lookup lookup = new Lookup(absolute(name), type);
    lookup.setResolver(resolver);
    lookup.setCache(cache);
    Record @Nullable [] records = lookup.run();
    return switch (lookup.getResult()) {
      case Lookup.SUCCESSFUL -> records == null ? List.of() : List.of(records);
      case Lookup.HOST_NOT_FOUND, Lookup.TYPE_NOT_FOUND -> List.of();
      default ->
          throw new Failure(
              Failure.Kind.UNAVAILABLE,
              "DNS does not say the %s of %s: %s"
                  .formatted(Type.string(type), name, lookup.getErrorString()));
    };
  }

  private static Name absolute(String name) {
    try {
      return Name.fromString(name, Name.root);
    } catch (TextParseException e) {
      throw new Failure(Failure.Kind.INVALID, "'" + name + "' is not a name of DNS", e);
    }
  }

  /** The address that a domain's name itself is, such as {@code 10.0.0.1:5002}. */
  static Optional<Url> literal(String domain) {
    try {
      Url url = Url.parse(domain);
      InetAddress unused = InetAddress.ofLiteral(url.host());
      return url.scheme().equals("tcp") && url.port() > 0 ? Optional.of(url) : Optional.empty();
    } catch (Failure | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
