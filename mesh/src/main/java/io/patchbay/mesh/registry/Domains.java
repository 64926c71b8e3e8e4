package io.patchbay.mesh.registry;

import com.google.protobuf.Message;
import io.patchbay.base.Failure;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Names of other domains, {@code name@domain} (contracts/nsm.md section 7). The first {@code @}
 * divides: the domain may contain more. Pure.
 */
public final class Domains {
  private Domains() {}

  /** The name without its domain. */
  public static String local(String name) {
    int at = name.indexOf('@');
    return at < 0 ? name : name.substring(0, at);
  }

  /** The domain that a name is of; empty for our own. */
  public static Optional<String> domain(String name) {
    int at = name.indexOf('@');
    return at < 0 ? Optional.empty() : Optional.of(name.substring(at + 1));
  }

  /**
   * The domain that an entry, or a query, is about, by its name and its services'; empty for our
   * own. Throws {@link Failure} INVALID when it is about two.
   */
  public static <T extends Message> Optional<String> of(Kind<T> kind, T entry) {
    Set<String> domains =
        Stream.concat(Stream.of(kind.name(entry)), kind.services(entry).stream())
            .flatMap(name -> domain(name).stream())
            .collect(Collectors.toCollection(TreeSet::new));
    if (domains.size() > 1) {
      throw new Failure(
          Failure.Kind.INVALID,
          "a " + kind.noun() + " of two domains, " + String.join(" and ", domains) + "; name one");
    }
    return domains.stream().findAny();
  }

  /** The entry as its own domain knows it. */
  public static <T extends Message> T strip(Kind<T> kind, T entry) {
    return kind.rename(entry, Domains::local);
  }

  /** The entry of another domain as we know it. */
  public static <T extends Message> T append(Kind<T> kind, T entry, String domain) {
    return kind.rename(entry, name -> name + "@" + domain);
  }
}
