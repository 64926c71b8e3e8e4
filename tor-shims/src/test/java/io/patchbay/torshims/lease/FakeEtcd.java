package io.patchbay.torshims.lease;

import com.google.protobuf.ByteString;
import io.grpc.BindableService;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.patchbay.api.etcd.AuthGrpc;
import io.patchbay.api.etcd.AuthenticateRequest;
import io.patchbay.api.etcd.AuthenticateResponse;
import io.patchbay.api.etcd.Compare;
import io.patchbay.api.etcd.KVGrpc;
import io.patchbay.api.etcd.KeyValue;
import io.patchbay.api.etcd.PutRequest;
import io.patchbay.api.etcd.RangeRequest;
import io.patchbay.api.etcd.RangeResponse;
import io.patchbay.api.etcd.RequestOp;
import io.patchbay.api.etcd.ResponseHeader;
import io.patchbay.api.etcd.ResponseOp;
import io.patchbay.api.etcd.TxnRequest;
import io.patchbay.api.etcd.TxnResponse;
import io.patchbay.base.Url;
import io.patchbay.sockets.Calls;
import io.patchbay.sockets.GrpcServer;
import io.patchbay.sockets.TransportSecurity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * An etcd of several members that agree at once, in memory: it numbers its changes, compares and
 * writes, refuses requests that are too large, and knows users and tokens. With the faults of the
 * way there.
 */
public final class FakeEtcd implements AutoCloseable {
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
  private static final int REQUEST_BYTES_MAX = 1536 * 1024;

  private final Map<String, KeyValue> there = new HashMap<>();
  private final Map<String, String> passwords = new HashMap<>();
  private final Set<String> tokens = new HashSet<>();
  private final List<GrpcServer> members = new ArrayList<>();

  /** How the next transactions are refused, after they were done if they are to be lost. */
  private final List<Fault> faults = new ArrayList<>();

  private final CountDownLatch closed = new CountDownLatch(1);
  private boolean silent;
  private long revision = 1;
  private int logins;

  private record Fault(Status status, boolean done) {}

  /** One more member: its number. */
  public int add() {
    return add(Optional.empty());
  }

  /** One more member, which asks for a certificate if it has one itself. */
  synchronized int add(Optional<TransportSecurity> security) {
    members.add(
        GrpcServer.start(
            List.of(Url.parse("tcp://127.0.0.1:0")),
            List.of(guarded(new Keys()), new Users()),
            security));
    return members.size() - 1;
  }

  /** The next transaction or login comes to nothing, and nobody says so, until this is closed. */
  synchronized void silenceNext() {
    silent = true;
  }

  private void awaitVoice() {
    synchronized (this) {
      if (!silent) {
        return;
      }
      silent = false;
    }
    try {
      closed.await();
    } catch (InterruptedException e) {
      throw new StatusRuntimeException(Status.CANCELLED);
    }
  }

  /** A member is away. */
  void stop(int member) {
    members.get(member).close();
  }

  /** With which one gets to all members. */
  public EtcdAccess access() {
    return access("", "");
  }

  EtcdAccess access(String user, String passwordFile) {
    return new EtcdAccess(addresses("http"), "/patchbay", "", "", "", user, passwordFile);
  }

  synchronized List<String> addresses(String scheme) {
    return members.stream()
        .map(each -> scheme + "://" + each.addresses().getFirst().rest())
        .toList();
  }

  /** From now on it asks who somebody is. */
  synchronized void password(String user, String password) {
    passwords.put(user, password);
    tokens.clear();
  }

  /** As after a restart. */
  synchronized void forgetTokens() {
    tokens.clear();
  }

  synchronized int logins() {
    return logins;
  }

  /** The next transaction is done, and whoever asked for it does not hear of it. */
  synchronized void loseNext() {
    faults.add(
        new Fault(Status.UNAVAILABLE.withDescription("etcdserver: request timed out"), true));
  }

  /** The next transaction is refused, and not done. */
  synchronized void refuseNext(Status status) {
    faults.add(new Fault(status, false));
  }

  /** Somebody writes a key. */
  public synchronized void put(String key, String text) {
    put(PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(text)).build());
  }

  /** Somebody removes a key. */
  synchronized void delete(String key) {
    revision++;
    there.remove(key);
  }

  /** What is under a key. */
  synchronized String text(String key) {
    return there.get(key).getValue().toStringUtf8();
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private synchronized void put(PutRequest request) {
    revision++;
    there.put(
        request.getKey().toStringUtf8(),
        KeyValue.newBuilder().setModRevision(revision).setValue(request.getValue()).build());
  }

  private synchronized RangeResponse range(RangeRequest request) {
    RangeResponse.Builder found = RangeResponse.newBuilder();
    KeyValue value = there.get(request.getKey().toStringUtf8());
    return value == null ? found.build() : found.addKvs(value).build();
  }

  private synchronized TxnResponse txn(TxnRequest request) {
    if (request.getSerializedSize() > REQUEST_BYTES_MAX) {
      throw new StatusRuntimeException(
          Status.INVALID_ARGUMENT.withDescription("etcdserver: request is too large"));
    }
    Fault fault = faults.isEmpty() ? new Fault(Status.OK, true) : faults.removeFirst();
    TxnResponse answer = fault.done() ? apply(request) : TxnResponse.getDefaultInstance();
    if (!fault.status().isOk()) {
      throw new StatusRuntimeException(fault.status());
    }
    return answer;
  }

  private synchronized TxnResponse apply(TxnRequest request) {
    boolean equal = request.getCompareList().stream().allMatch(this::isEqual);
    TxnResponse.Builder answer = TxnResponse.newBuilder().setSucceeded(equal);
    for (RequestOp op : equal ? request.getSuccessList() : request.getFailureList()) {
      ResponseOp.Builder done = ResponseOp.newBuilder();
      if (op.hasRequestPut()) {
        put(op.getRequestPut());
      } else {
        done.setResponseRange(range(op.getRequestRange()));
      }
      answer.addResponses(done);
    }
    return answer.setHeader(ResponseHeader.newBuilder().setRevision(revision)).build();
  }

  private boolean isEqual(Compare compare) {
    KeyValue value =
        there.getOrDefault(compare.getKey().toStringUtf8(), KeyValue.getDefaultInstance());
    return compare.getTarget() == Compare.CompareTarget.MOD
        && value.getModRevision() == compare.getModRevision();
  }

  private synchronized boolean admits(String token) {
    return passwords.isEmpty() || tokens.contains(token);
  }

  private synchronized AuthenticateResponse login(AuthenticateRequest request) {
    logins++;
    if (!request.getPassword().equals(passwords.get(request.getName()))) {
      throw new StatusRuntimeException(
          Status.INVALID_ARGUMENT.withDescription(
              "etcdserver: authentication failed, invalid user ID or password"));
    }
    String token = request.getName() + "." + logins;
    tokens.add(token);
    return AuthenticateResponse.newBuilder().setToken(token).build();
  }

  private final class Keys extends KVGrpc.KVImplBase {
    @Override
    public void range(RangeRequest request, StreamObserver<RangeResponse> observer) {
      Calls.answer(observer, () -> FakeEtcd.this.range(request));
    }

    @Override
    public void txn(TxnRequest request, StreamObserver<TxnResponse> observer) {
      awaitVoice();
      Calls.answer(observer, () -> FakeEtcd.this.txn(request));
    }
  }

  private final class Users extends AuthGrpc.AuthImplBase {
    @Override
    public void authenticate(
        AuthenticateRequest request, StreamObserver<AuthenticateResponse> observer) {
      awaitVoice();
      Calls.answer(observer, () -> login(request));
    }
  }

  private BindableService guarded(BindableService service) {
    ServerInterceptor guard =
        new ServerInterceptor() {
          @Override
          public <Q, A> ServerCall.Listener<Q> interceptCall(
              ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            if (admits(String.valueOf(headers.get(TOKEN)))) {
              return next.startCall(call, headers);
            }
            call.close(
                Status.UNAUTHENTICATED.withDescription("etcdserver: invalid auth token"),
                new Metadata());
            return new ServerCall.Listener<>() {};
          }
        };
    return () -> ServerInterceptors.intercept(service, guard);
  }

  @Override
  public void close() {
    closed.countDown();
    members.forEach(GrpcServer::close);
  }
}
