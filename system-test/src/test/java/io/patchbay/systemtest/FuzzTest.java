package io.patchbay.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.management.ThreadMXBean;
import io.grpc.Metadata;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Path;
import io.patchbay.api.connection.PathSegment;
import io.patchbay.base.Failure;
import io.patchbay.base.FakeTime;
import io.patchbay.base.GoDuration;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.linux.IpPrefix;
import io.patchbay.linux.MacAddress;
import io.patchbay.linux.PciAddress;
import io.patchbay.linux.VfMessages;
import io.patchbay.linux.netlink.Attribute;
import io.patchbay.linux.netlink.Attributes;
import io.patchbay.linux.netlink.NetlinkMessage;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.Paths.Token;
import io.patchbay.mesh.TokenHeaders;
import io.patchbay.mesh.Tokens;
import io.patchbay.mesh.identity.Authority;
import io.patchbay.mesh.identity.Identities;
import io.patchbay.mesh.identity.SpiffeId;
import io.patchbay.mesh.policy.Access;
import io.patchbay.mesh.policy.Doors;
import io.patchbay.mesh.registry.RegistryPath;
import io.patchbay.sockets.sys.Descriptor;
import io.patchbay.workloads.Injection;
import io.patchbay.workloads.ServiceUrl;
import java.lang.management.ManagementFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever comes over the wire, a parser answers it or throws a Failure of the kind INVALID; what
 * judges tokens, DENIED, and what reads the kernel's answers, INTERNAL; never another exception,
 * never without end, and never with more memory than the input accounts for. A bounded number of
 * tries from one seed, which is printed: {@code -Dfuzz.seed=} repeats a run, {@code -Dfuzz.tries=}
 * makes it longer.
 */
class FuzzTest {
  private static final long SEED = Long.getLong("fuzz.seed", Time.system().now().getEpochSecond());
  private static final int TRIES = Integer.getInteger("fuzz.tries", 5_000);

  /** For the text of a failure, which names the input, and what libraries make when first used. */
  private static final long BYTES_MAX = 16 << 20;

  private static final long BYTES_PER_BYTE_MAX = 4096;

  /** What is tried: examples to begin with, the parser, and how it refuses. */
  private record Target<T>(
      String name, List<T> examples, Consumer<T> parser, Failure.Kind refusal) {
    Target(String name, List<T> examples, Consumer<T> parser) {
      this(name, examples, parser, Failure.Kind.INVALID);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Target<String>> texts() {
    return Stream.of(
        new Target<>(
            "url",
            List.of("tcp://h:1", "unix:///a", "registry:5002", "tcp://[::1]:5"),
            FuzzTest::url),
        new Target<>("duration", List.of("10m", "1h30m", "750ms", "1.5s"), GoDuration::parse),
        new Target<>("service URL", SERVICES, ServiceUrl::parseList),
        new Target<>("annotations of a pod", SERVICES, FuzzTest::pod),
        new Target<>("prefix", List.of("10.0.0.0/8", "fd00::/64", "1.2.3.4"), IpPrefix::parse),
        new Target<>("MAC address", List.of("02:00:5e:10:00:01"), MacAddress::parse),
        new Target<>("PCI address", List.of("0000:3b:00.1", "3b:00.1"), PciAddress::parse),
        new Target<>("token", List.of(token().jwt(), "e30.e30.", "a.b.c"), FuzzTest::token),
        new Target<>("inode URL", INODES, FuzzTest::inode),
        new Target<>("token before a policy", policed(), FuzzTest::policy, Failure.Kind.DENIED),
        new Target<>("registry path", PATHS, FuzzTest::registryPath),
        new Target<>("expiry of a token", EXPIRIES, FuzzTest::expiry, Failure.Kind.DENIED));
  }

  static Stream<Target<byte[]>> bytes() {
    return Stream.of(
        new Target<>("netlink", NETLINK, FuzzTest::netlink, Failure.Kind.INTERNAL),
        new Target<>("connection", List.of(connection()), FuzzTest::connection));
  }

  private static final List<String> SERVICES =
      List.of(
          "kernel://svc@my.cluster2/nsm-1?app=a&app=b",
          "a/nsm-1,b/nsm-2",
          "vfio://svc?sriovToken=example.com/100g",
          "memif://svc@d@e/if");

  /** Of a first call, of a hop, and as a library might write it. */
  private static final List<String> PATHS =
      List.of(
          "{\"Index\":0,\"PathSegments\":null}",
          "{\"Index\":1,\"PathSegments\":[{\"token\":\"e30.e30.\"},{\"token\":\"a.b.c\"}]}",
          "{\"PathSegments\":[{},{\"token\":\"\\u0041\",\"x\":[1.5e3,true]}],\"Index\":2}");

  private static final List<String> INODES =
      List.of("inode://4/4026531840", "inode://0/1", "inode:///proc/1/ns/net", "file:///a");

  private static final List<String> EXPIRIES =
      List.of("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456789+02:00");

  /** A link with a nested kind; the state of two VFs; an error; all from a kernel. */
  private static final List<byte[]> NETLINK =
      Stream.of(
              "3400000010000000010000000000000000000100020000000300000000000000"
                  + "0600030078300000"
                  + "0c001200080001007665746800000000",
              "5c00000010000000010000000000000000000100020000000100000000000000"
                  + "3c00160038000100280001000000000002005e100001000000000000000000000000000000000000"
                  + "000000000c000200000000000a000000",
              "24000000020000000100000000000000efffffff1000000010000500010000000000000000")
          .map(hex -> HexFormat.of().parseHex(hex.length() % 2 == 0 ? hex : hex + "0"))
          .toList();

  @ParameterizedTest
  @MethodSource("texts")
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aTextIsReadOrRefused(Target<String> target) {
    Mutations mutations = mutations(target);
    for (int i = 0; i < TRIES; i++) {
      String input = mutations.text(target.examples());
      attempt(target, i, input, 2L * input.length());
    }
  }

  @ParameterizedTest
  @MethodSource("bytes")
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void bytesAreReadOrRefused(Target<byte[]> target) {
    Mutations mutations = mutations(target);
    for (int i = 0; i < TRIES; i++) {
      byte[] input = mutations.bytes(target.examples());
      attempt(target, i, input, input.length);
    }
  }

  /** What was read goes to the next hop, who reads the same. */
  private static void registryPath(String text) {
    RegistryPath path = RegistryPath.parse(text);
    var unused = path.ids();
    assertEquals(path, RegistryPath.parse(path.toJson()));
  }

  private static Mutations mutations(Target<?> target) {
    System.out.println("fuzz " + target + ": seed " + SEED + ", " + TRIES + " tries");
    return new Mutations(new SplittableRandom(SEED ^ target.name().hashCode()));
  }

  private static <T> void attempt(Target<T> target, int number, T input, long length) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    try {
      target.parser().accept(input);
    } catch (Failure refusal) {
      assertEquals(target.refusal(), refusal.kind(), () -> place(target, number, input));
      assertTrue(!Failure.text(refusal).isBlank(), "a refusal says why");
    } catch (RuntimeException | Error e) {
      fail(place(target, number, input), e);
    }
    long used = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(
        used < BYTES_MAX + BYTES_PER_BYTE_MAX * length,
        () -> target + ", seed " + SEED + ", try " + number + " took " + used + " bytes");
  }

  private static String place(Target<?> target, int number, Object input) {
    return target + ", seed " + SEED + ", try " + number + ": " + shown(input);
  }

  private static String shown(Object input) {
    String text =
        input instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : input.toString();
    return text.length() > 400 ? text.substring(0, 400) + "... of " + text.length() : text;
  }

  // ---- the parsers ----

  private static void url(String text) {
    Url url = Url.parse(text);
    assertEquals(url, Url.parse(url.toString()));
    var unused = url.isLocal();
    if (url.scheme().equals("tcp")) {
      unused = url.host().isEmpty() || url.port() == 0;
    }
  }

  private static void pod(String text) {
    ObjectNode pod = JsonNodeFactory.instance.objectNode();
    pod.putObject("metadata")
        .putObject("annotations")
        .put("networkservicemesh.io", text)
        .put("ns.networkservicemesh.io", text);
    ObjectNode container = pod.putObject("spec").putArray("containers").addObject();
    container.putObject("resources").putObject("limits").put("example.com/100g", 1);
    var unused = new Injection(List.of("init"), List.of("nsc")).inject(pod);
  }

  /** It names what it says, and nobody can say it in another way. */
  private static void inode(String text) {
    Descriptor.Identity.parse(text).ifPresent(read -> assertEquals(text, read.toString()));
  }

  private static final FakeTime TIME = new FakeTime();
  private static final Identities ME = me();
  private static final Token MINE =
      Tokens.of(ME, Duration.ofMinutes(10), TIME).issue(Optional.of(ME.current().id()));

  private static Identities me() {
    Authority authority = Authority.make("k8s.nsm", Duration.ofDays(1), TIME);
    SpiffeId id = SpiffeId.parse("spiffe://k8s.nsm/ns/ns/pod/me");
    return new Identities(authority.issue(id, Duration.ofHours(1), TIME), authority.bundles());
  }

  private static List<String> policed() {
    return List.of(MINE.jwt(), token().jwt(), "e30.e30.", "a.b.c");
  }

  /** By the caller and by whoever was before it; what is right must pass. */
  private static void policy(String jwt) {
    try (Doors doors = Doors.of(Optional.of(ME), Optional.empty(), TIME)) {
      for (List<String> tokens :
          List.of(List.of(jwt, MINE.jwt()), List.of(jwt, MINE.jwt(), MINE.jwt()))) {
        Path.Builder path = Path.newBuilder().setIndex(tokens.size() - 1);
        tokens.forEach(token -> path.addPathSegments(PathSegment.newBuilder().setToken(token)));
        Optional<X509Certificate> peer = Optional.of(ME.current().chain().getFirst());
        try {
          doors.requests().check(Access.ToConnection.asked(path.build(), peer));
        } catch (Failure refused) {
          assertTrue(!jwt.equals(MINE.jwt()), () -> Failure.text(refused));
          throw refused;
        }
      }
    }
  }

  private static Token token() {
    return Tokens.selfSigned("spiffe://d/me", Duration.ofMinutes(10), new FakeTime())
        .issue(Optional.of("spiffe://d/you"));
  }

  private static void token(String jwt) {
    var unused = Tokens.subject(new Token(jwt, new FakeTime().now()));
  }

  private static void expiry(String text) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("nsm-client-token", Metadata.ASCII_STRING_MARSHALLER), "t");
    headers.put(
        Metadata.Key.of("nsm-client-token-expires", Metadata.ASCII_STRING_MARSHALLER), text);
    Token token = TokenHeaders.read(headers);
    var unused = Paths.timestamp(token.expires());
  }

  private static void netlink(byte[] datagram) {
    for (NetlinkMessage message : NetlinkMessage.decode(datagram)) {
      walk(message.attributes(16), 0);
      each(() -> VfMessages.changes(message));
      each(() -> VfMessages.states(message));
    }
  }

  private static void walk(Attributes attributes, int depth) {
    for (Attribute attribute : attributes.all()) {
      var unused = attribute.text();
      each(() -> attribute.i32(0));
      each(() -> attribute.be16(0));
      if (depth < 8) {
        each(() -> walk(attribute.nested(), depth + 1));
      }
    }
  }

  /** One refusal must not keep the others from being tried. */
  private static void each(Runnable parser) {
    try {
      parser.run();
    } catch (Failure refusal) {
      assertEquals(Failure.Kind.INTERNAL, refusal.kind());
    }
  }

  private static byte[] connection() {
    Connection first =
        Paths.arrive(Connection.newBuilder().setId("c").setNetworkService("s").build(), "nsc");
    return Paths.withOwnToken(Paths.arrive(first, "nsmgr"), token()).toByteArray();
  }

  private static void connection(byte[] bytes) {
    Connection connection;
    try {
      connection = Connection.parseFrom(bytes);
    } catch (com.google.protobuf.InvalidProtocolBufferException refused) {
      return;
    }
    Connection arrived = Paths.withCallerToken(Paths.arrive(connection, "here"), token());
    var unused = Paths.callerExpires(arrived);
    var back = Paths.depart(Paths.end(arrived));
    unused = Paths.callerExpires(back);
    var next = Paths.nextName(arrived);
  }
}
