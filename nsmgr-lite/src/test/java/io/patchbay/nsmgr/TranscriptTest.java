package io.patchbay.nsmgr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCalls;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.networkservice.NetworkServiceRequest;
import io.patchbay.base.Environment;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.sockets.Channels;
import io.patchbay.sockets.Descriptors;
import io.patchbay.sockets.GrpcServer;
import io.patchbay.sockets.sys.Descriptor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What upstream's client and forwarder send to a manager and await of it, byte by byte: messages
 * put together here by hand, paths of services written out, metadata as grpc-go writes it.
 */
class TranscriptTest {
  private static final String CLAIMS =
      "{\"sub\":\"spiffe://k8s.nsm/ns/default/pod/nsc-1\",\"exp\":4070908800}";
  private static final String TOKEN =
      "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9."
          + Base64.getUrlEncoder()
              .withoutPadding()
              .encodeToString(CLAIMS.getBytes(StandardCharsets.UTF_8))
          + ".c2ln";
  @TempDir Path folder;
  private final Stack stack = new Stack();
  private final BlockingQueue<byte[]> askedOfForwarder = new ArrayBlockingQueue<>(8);
  private Channels channels;
  private Url url;

  /** Stands for the client's namespace; upstream's client sends a descriptor of it each time. */
  private int namespace;

  private String netns = "";

  // ---- protobuf by hand: numbers as contracts/nsm.md 1.2 to 1.5 has them ----

  private static byte[] message(byte[]... fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] field : fields) {
      out.writeBytes(field);
    }
    return out.toByteArray();
  }

  /** A field of wire type 2: a text, a message, an entry of a map. */
  private static byte[] field(int number, byte[] value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(number << 3 | 2);
    varint(out, value.length);
    out.writeBytes(value);
    return out.toByteArray();
  }

  private static byte[] text(int number, String value) {
    return field(number, value.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] number(int number, long value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(number << 3);
    varint(out, value);
    return out.toByteArray();
  }

  private static void varint(ByteArrayOutputStream out, long value) {
    long rest = value;
    while (rest >>> 7 != 0) {
      out.write((int) (rest & 0x7f | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  private static byte[] entry(int number, String key, String value) {
    return field(number, message(text(1, key), text(2, value)));
  }

  // ---- gRPC without generated stubs ----

  private static final Marshaller<byte[]> BYTES =
      new Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  private static MethodDescriptor<byte[], byte[]> method(MethodType type, String name) {
    return MethodDescriptor.newBuilder(BYTES, BYTES).setType(type).setFullMethodName(name).build();
  }

  private static final MethodDescriptor<byte[], byte[]> REQUEST =
      method(MethodType.UNARY, "networkservice.NetworkService/Request");
  private static final MethodDescriptor<byte[], byte[]> CLOSE =
      method(MethodType.UNARY, "networkservice.NetworkService/Close");
  private static final MethodDescriptor<byte[], byte[]> MONITOR =
      method(MethodType.SERVER_STREAMING, "connection.MonitorConnection/MonitorConnections");

  private static Metadata metadata(String expires) {
    Metadata metadata = new Metadata();
    metadata.put(key("nsm-client-token"), TOKEN);
    metadata.put(key("nsm-client-token-expires"), expires);
    return metadata;
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private byte[] call(MethodDescriptor<byte[], byte[]> method, byte[] request, Metadata more) {
    return ClientCalls.blockingUnaryCall(
        ClientInterceptors.intercept(
            channels.to(url), MetadataUtils.newAttachHeadersInterceptor(more)),
        method,
        CallOptions.DEFAULT
            .withDeadlineAfter(15, TimeUnit.SECONDS)
            .withCallCredentials(new Descriptors(List.of(namespace))),
        request);
  }

  /** As Go's RFC3339Nano writes it, in a zone of its own. */
  private static String inTenMinutes() {
    return Time.system()
            .now()
            .plus(Duration.ofMinutes(10))
            .plusNanos(123_456_789)
            .toString()
            .replaceAll("(\\.\\d+)?Z$", "")
        + ".123456789Z";
  }

  // ---- the peers ----

  @BeforeEach
  void start() {
    namespace = Descriptor.openPath(folder.toString());
    stack.push(() -> Descriptor.close(namespace));
    netns = Descriptor.identify(namespace).toString();
    channels = stack.push(new Channels());
    url = Url.parse("unix://" + folder.resolve("nsm.io.sock"));
    Map<String, String> settings =
        Map.of(
            "NSM_NAME", "nsmgr-1",
            "NSM_LISTEN_ON", url.toString(),
            "NSM_REGISTRY_URL", "",
            "PATCHBAY_EXCLUDED_PREFIXES_FILE", folder.resolve("none.yaml").toString(),
            "PATCHBAY_STATE_DIR", folder.resolve("state").toString());
    stack.push(Nsmgr.start(Environment.read(NsmgrConfig.class, settings), Time.system()));
    stack.push(
        GrpcServer.start(
            List.of(Url.parse("unix://" + folder.resolve("fwd.sock"))), List.of(forwarder())));
    register();
  }

  @AfterEach
  void stop() {
    stack.close();
  }

  /** Upstream's forwarder: answers with its segment and the endpoint's behind what came. */
  private BindableService forwarder() {
    return () ->
        ServerServiceDefinition.builder("networkservice.NetworkService")
            .addMethod(
                REQUEST,
                ServerCalls.asyncUnaryCall((request, observer) -> {
                  askedOfForwarder.add(request);
                  observer.onNext(answer(request));
                  observer.onCompleted();
                }))
            .addMethod(
                CLOSE,
                ServerCalls.asyncUnaryCall((request, observer) -> {
                  askedOfForwarder.add(request);
                  observer.onNext(new byte[0]);
                  observer.onCompleted();
                }))
            .build();
  }

  private static Connection parsed(byte[] bytes) {
    try {
      return Connection.parseFrom(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] answer(byte[] request) {
    try {
      Connection asked = NetworkServiceRequest.parseFrom(request).getConnection();
      byte[] path =
          message(
              number(1, 1),
              field(2, asked.getPath().getPathSegments(0).toByteArray()),
              field(2, asked.getPath().getPathSegments(1).toByteArray()),
              field(2, message(text(1, "fwd"), text(2, "id-of-fwd"), text(3, TOKEN))),
              field(2, message(text(1, "nse"), text(2, "id-of-nse"), text(3, TOKEN))));
      return message(
          text(1, asked.getId()),
          text(2, asked.getNetworkService()),
          field(3, mechanism("nsm-1")),
          field(6, path),
          text(7, "nse-1"),
          text(8, "ETHERNET"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] mechanism(String name) {
    return message(
        text(1, "LOCAL"), text(2, "KERNEL"), entry(3, "inodeURL", netns), entry(3, "name", name));
  }

  private void register() {
    Metadata first = metadata(inTenMinutes());
    first.put(key("path"), "{\"Index\":0,\"PathSegments\":null}");
    call(
        method(MethodType.UNARY, "registry.NetworkServiceRegistry/Register"),
        message(text(1, "svc"), text(2, "ETHERNET")),
        first);
    byte[] labels = field(1, message(text(1, "p2p"), text(2, "true")));
    byte[] endpoint =
        message(
            text(1, "fwd"),
            text(2, "forwarder"),
            field(3, message(text(1, "forwarder"), field(2, labels))),
            text(4, "unix://" + folder.resolve("fwd.sock")));
    byte[] answer =
        call(
            method(MethodType.UNARY, "registry.NetworkServiceEndpointRegistry/Register"),
            endpoint,
            first);
    assertTrue(answer.length > endpoint.length, "the answer says when it expires");
  }

  /** What cmd-nsc sends first: its own segment, one preference. */
  private byte[] request() {
    byte[] expires = number(1, Time.system().now().getEpochSecond() + 600);
    byte[] segment =
        message(text(1, "nsc-1"), text(2, "nsc-1-0"), text(3, TOKEN), field(4, expires));
    byte[] connection =
        message(
            text(1, "nsc-1-0"), text(2, "svc"), entry(5, "app", "a"), field(6, field(2, segment)));
    return message(field(1, connection), field(2, mechanism("nsm-1")));
  }

  // ---- what is said ----

  @Test
  void aClientIsToldAtOnceThatThereIsNothingYet() {
    byte[] selector = field(1, text(2, "nsc-1-0"));
    Iterator<byte[]> events =
        ClientCalls.blockingServerStreamingCall(
            ClientInterceptors.intercept(
                channels.to(url),
                MetadataUtils.newAttachHeadersInterceptor(metadata(inTenMinutes()))),
            MONITOR,
            CallOptions.DEFAULT.withDeadlineAfter(15, TimeUnit.SECONDS),
            selector);
    assertEquals(0, events.next().length, "INITIAL_STATE_TRANSFER without connections: no bytes");
    var agreed = call(REQUEST, request(), metadata(inTenMinutes()));
    byte[] update = events.next();
    assertEquals(1 << 3, update[0], "field 1, a number");
    assertEquals(1, update[1], "UPDATE");
  }

  @Test
  void aRequestComesBackAsTheClientKnowsIt() throws IOException {
    Connection answer = parsed(call(REQUEST, request(), metadata(inTenMinutes())));
    assertEquals("nsc-1-0", answer.getId());
    assertEquals(0, answer.getPath().getIndex());
    assertEquals(4, answer.getPath().getPathSegmentsCount());
    assertEquals(
        Map.of("inodeURL", netns, "name", "nsm-1"), answer.getMechanism().getParametersMap());
    assertEquals("nse-1", answer.getNetworkServiceEndpointName());
    assertEquals("ETHERNET", answer.getPayload());

    NetworkServiceRequest ahead = NetworkServiceRequest.parseFrom(askedOfForwarder.remove());
    Connection asked = ahead.getConnection();
    assertEquals(1, asked.getPath().getIndex());
    assertEquals(asked.getPath().getPathSegments(1).getId(), asked.getId());
    assertEquals(TOKEN, asked.getPath().getPathSegments(0).getToken(), "as it came in metadata");
    assertEquals(123_456_789, asked.getPath().getPathSegments(0).getExpires().getNanos());
    assertEquals("ETHERNET", asked.getPayload());
    assertEquals(
        List.of("KERNEL"),
        ahead.getMechanismPreferencesList().stream()
            .map(preference -> preference.getType())
            .toList());
    assertEquals(Map.of("app", "a"), asked.getLabelsMap());
  }

  @Test
  void aRefreshAndACloseMeanTheSameConnectionAhead() throws IOException {
    byte[] agreed = call(REQUEST, request(), metadata(inTenMinutes()));
    Connection first = NetworkServiceRequest.parseFrom(askedOfForwarder.remove()).getConnection();
    var again = call(REQUEST, field(1, agreed), metadata(inTenMinutes()));
    Connection second = NetworkServiceRequest.parseFrom(askedOfForwarder.remove()).getConnection();
    assertEquals(first.getId(), second.getId());
    assertEquals("nse-1", second.getNetworkServiceEndpointName());
    assertEquals(0, call(CLOSE, agreed, metadata(inTenMinutes())).length);
    assertEquals(first.getId(), parsed(askedOfForwarder.remove()).getId());
    assertEquals(0, call(CLOSE, agreed, metadata(inTenMinutes())).length, "closed already");
  }

  @Test
  void timesMayHaveAnyFractionAndZone() {
    for (String expires :
        List.of("2099-01-01T00:00:00Z", "2099-01-01T00:00:00.5+02:00", inTenMinutes())) {
      assertTrue(call(REQUEST, request(), metadata(expires)).length > 0, expires);
    }
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () -> call(REQUEST, request(), metadata("2099-01-01 00:00:00")));
    assertTrue(String.valueOf(e.getMessage()).startsWith("PERMISSION_DENIED"), e.getMessage());
  }

  @Test
  void metadataThatComesTwiceIsRefused() {
    Metadata twice = metadata(inTenMinutes());
    twice.put(key("nsm-client-token"), TOKEN);
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> call(REQUEST, request(), twice));
    assertEquals(
        "PERMISSION_DENIED: no sufficient privileges: metadata nsm-client-token came 2 times",
        e.getMessage());
  }
}
