package io.patchbay.torshims.lease;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.patchbay.base.DurableMap;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/** A lease that a test gives and takes. */
public final class FakeLease implements Lease {
  public static final Terms TERMS =
      new Terms(Duration.ofSeconds(15), Duration.ofSeconds(15), Duration.ofSeconds(3));

  private final Stack opened = new Stack();
  private volatile Terms terms = TERMS;
  private volatile boolean free = true;
  private volatile boolean away;
  private volatile boolean closed;
  private volatile Runnable meanwhile = () -> {};
  private volatile Optional<IntentStore> store = Optional.empty();
  private volatile Optional<Handover> left = Optional.empty();

  /** How often it is asked for. */
  public FakeLease pace(Duration pace) {
    terms = new Terms(TERMS.sure(), TERMS.margin(), pace);
    return this;
  }

  /** Whether whoever asks gets it. */
  public FakeLease free(boolean now) {
    free = now;
    return this;
  }

  /** Whether nobody answers. */
  void away(boolean now) {
    away = now;
  }

  /** What happens before the next answers. */
  void meanwhile(Runnable event) {
    meanwhile = event;
  }

  /** What somebody has left with it. */
  public FakeLease left(Handover handover) {
    left = Optional.of(handover);
    return this;
  }

  /** Has what its holder keeps beside it be in ConfigMaps of the shim {@code tor-shim}. */
  public FakeLease inCluster(KubernetesClient client) {
    store = Optional.of(new KubernetesIntents(client, "nsm-system", "tor-shim"));
    return this;
  }

  /** Has what its holder keeps beside it be in an etcd, under {@code /patchbay/tor-shim}. */
  public FakeLease inEtcd(EtcdAccess access) {
    EtcdKeys keys = opened.push(new EtcdKeys(access));
    store = Optional.of(new EtcdIntents(keys, "/patchbay/tor-shim"));
    return this;
  }

  /** Has what its holder keeps beside it be in memory. */
  public FakeLease inMemory(FakeIntents intents) {
    store = Optional.of(intents);
    return this;
  }

  /** Whether it was given back. */
  public boolean closed() {
    return closed;
  }

  @Override
  public Terms terms() {
    return terms;
  }

  @Override
  public boolean take() {
    meanwhile.run();
    if (away) {
      throw new Failure(Failure.Kind.UNAVAILABLE, "nobody answers");
    }
    return free;
  }

  @Override
  public String holder() {
    return "somebody";
  }

  @Override
  public Optional<Handover> handover() {
    return left;
  }

  @Override
  public void handOver(Handover handover) {
    left = Optional.of(handover);
  }

  @Override
  public Optional<DurableMap> intents(
      Set<String> switches, UnaryOperator<String> placeOf, Runnable held) {
    return store.map(kept -> new SharedIntents(kept, switches, placeOf, held));
  }

  @Override
  public void close() {
    closed = true;
    opened.close();
  }
}
