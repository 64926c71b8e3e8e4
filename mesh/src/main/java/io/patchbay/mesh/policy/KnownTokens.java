package io.patchbay.mesh.policy;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Time;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that have been seen lately, read, and with the certificate that was found to have
 * signed them: peers send the same token many times, and to verify one takes a tenth of a
 * millisecond or more. A token is forgotten when it ends, or when many others have come since. Safe
 * for all threads.
 */
public final class KnownTokens {
  /** With {@link #CHARACTERS_MAX}, 16 MiB at the very most. */
  static final int TOKENS_MAX = 8192;

  /** Longer ones are read and verified each time. */
  static final int CHARACTERS_MAX = 2048;

  /** A token, and the certificate that is known to have signed it. */
  private record Known(Jwt jwt, Optional<X509Certificate> signer) {}

  private final Time time;
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();

  @GuardedBy("this")
  private final Map<String, Known> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
          return size() > TOKENS_MAX;
        }
      };

  /** Knows no token yet. */
  public KnownTokens(Time time) {
    this.time = time;
  }

  /** How often a signature did not have to be verified. */
  public long hits() {
    return hits.sum();
  }

  /** How often a signature was verified. */
  public long misses() {
    return misses.sum();
  }

  /** Reads a token; empty when it cannot be read. */
  Optional<Jwt> read(String token) {
    Optional<Jwt> jwt = known(token).map(Known::jwt);
    if (jwt.isPresent()) {
      return jwt;
    }
    Optional<Jwt> read = Jwt.read(token);
    read.ifPresent(fresh -> keep(token, new Known(fresh, Optional.empty())));
    return read;
  }

  /** Whether a token can be read and was signed with the key of this certificate. */
  boolean isSigned(String token, X509Certificate certificate) {
    Optional<Known> before = known(token);
    if (before.flatMap(Known::signer).filter(certificate::equals).isPresent()) {
      hits.increment();
      return true;
    }
    misses.increment();
    Optional<Jwt> jwt = before.map(Known::jwt).or(() -> Jwt.read(token));
    boolean signed = jwt.filter(read -> read.isSignedBy(certificate)).isPresent();
    if (signed) {
      keep(token, new Known(jwt.get(), Optional.of(certificate)));
    }
    return signed;
  }

  /** Whether a token has not ended: it is good until just before the second that it names. */
  boolean isAlive(Jwt jwt) {
    double now = time.now().toEpochMilli() / 1000.0;
    return jwt.expires().filter(end -> now < end).isPresent();
  }

  private synchronized Optional<Known> known(String token) {
    @Nullable Known found = known.get(token);
    if (found != null && !isAlive(found.jwt())) {
      known.remove(token);
      return Optional.empty();
    }
    return Optional.ofNullable(found);
  }

  private synchronized void keep(String token, Known fresh) {
    if (token.length() <= CHARACTERS_MAX && isAlive(fresh.jwt())) {
      known.put(token, fresh);
    }
  }

  synchronized int size() {
    return known.size();
  }
}
