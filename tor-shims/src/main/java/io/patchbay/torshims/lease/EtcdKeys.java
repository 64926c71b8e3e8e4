package io.patchbay.torshims.lease;

import com.google.protobuf.ByteString;
import io.patchbay.api.etcd.Compare;
import io.patchbay.api.etcd.Compare.CompareTarget;
import io.patchbay.api.etcd.KVGrpc.KVBlockingStub;
import io.patchbay.api.etcd.KeyValue;
import io.patchbay.api.etcd.PutRequest;
import io.patchbay.api.etcd.RangeRequest;
import io.patchbay.api.etcd.RequestOp;
import io.patchbay.api.etcd.ResponseOp;
import io.patchbay.api.etcd.TxnRequest;
import io.patchbay.api.etcd.TxnResponse;
import io.patchbay.base.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Texts under keys of an etcd. The version of one is the revision of the store that has last
 * changed it, in decimal. Each call ends within 5 s: if a member does not answer another one is
 * asked, each of them once, and the one that answers is the first to be asked the next time. Throws
 * {@link Failure}: UNAVAILABLE when nobody knows whether it was done, or all have too much to do,
 * else it was not done. Safe for all threads.
 */
final class EtcdKeys implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Of a member: another one may answer all the same. */
  private static final Set<Failure.Kind> ASK_ANOTHER =
      Set.of(Failure.Kind.UNAVAILABLE, Failure.Kind.CONFLICT);

  private final List<EtcdMember> members;
  private volatile int first;

  /** What is under a key. */
  record Entry(String version, String text) {}

  private interface Question<A> {
    /**
     * @param again whether another member may have done what is asked for, and not told so
     */
    A ask(KVBlockingStub member, boolean again);
  }

  /** Connects at the first call only. Throws as {@link EtcdAccess#check} does. */
  EtcdKeys(EtcdAccess access) {
    List<EtcdAccess.Member> all = access.check();
    Duration each = PATIENCE.dividedBy(all.size());
    members = all.stream().map(member -> new EtcdMember(access, member, each)).toList();
  }

  /** What is there, as most of the members agree; empty if nothing is. */
  Optional<Entry> read(String key) {
    RangeRequest request = range(key);
    return ask(key, false, (member, again) -> entry(member.range(request).getKvsList()));
  }

  /**
   * Writes, if what is there still has that version; empty: if nothing is there. Durable when it
   * returns: what is there then, with its new version; empty where it was another one.
   */
  Optional<Entry> write(String key, String version, String text) {
    TxnRequest request =
        TxnRequest.newBuilder()
            .addCompare(
                Compare.newBuilder()
                    .setTarget(CompareTarget.MOD)
                    .setKey(ByteString.copyFromUtf8(key))
                    .setModRevision(version.isEmpty() ? 0 : Long.parseLong(version)))
            .addSuccess(RequestOp.newBuilder().setRequestPut(put(key, text)))
            .addFailure(RequestOp.newBuilder().setRequestRange(range(key)))
            .build();
    return ask(
        key,
        true,
        (member, again) -> {
          TxnResponse answer = member.txn(request);
          return answer.getSucceeded()
              ? Optional.of(new Entry(Long.toString(answer.getHeader().getRevision()), text))
              : there(answer).filter(found -> again && found.text().equals(text));
        });
  }

  private static RangeRequest range(String key) {
    return RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build();
  }

  private static PutRequest put(String key, String text) {
    return PutRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setValue(ByteString.copyFromUtf8(text))
        .build();
  }

  private static Optional<Entry> there(TxnResponse answer) {
    return answer.getResponsesList().stream()
        .map(ResponseOp::getResponseRange)
        .findFirst()
        .flatMap(found -> entry(found.getKvsList()));
  }

  private static Optional<Entry> entry(List<KeyValue> found) {
    return found.stream()
        .findFirst()
        .map(one -> new Entry(Long.toString(one.getModRevision()), one.getValue().toStringUtf8()));
  }

  /** What is under a key, for people. */
  static String words(String key) {
    return "etcd's key " + key;
  }

  /**
   * @param writes so that where one member may have done it no refusal of another says that it was
   *     not
   */
  private <A> A ask(String key, boolean writes, Question<A> question) {
    int begin = first;
    boolean unknown = false;
    List<Failure> troubles = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      int next = (begin + i) % members.size();
      boolean again = unknown;
      try {
        A answer = members.get(next).ask(member -> question.ask(member, again));
        first = next;
        return answer;
      } catch (Failure e) {
        troubles.add(e);
        unknown |= e.kind() == Failure.Kind.UNAVAILABLE;
        if (!ASK_ANOTHER.contains(e.kind())) {
          break;
        }
      }
    }
    Failure last = troubles.getLast();
    boolean away = unknown && (writes || ASK_ANOTHER.contains(last.kind()));
    String texts = troubles.stream().map(Failure::text).collect(Collectors.joining("; "));
    throw new Failure(
        away ? Failure.Kind.UNAVAILABLE : last.kind(), words(key) + ": " + texts, last);
  }

  @Override
  public void close() {
    members.forEach(EtcdMember::close);
  }
}
