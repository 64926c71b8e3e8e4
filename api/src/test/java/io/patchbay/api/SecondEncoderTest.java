package io.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.TextFormat;
import com.google.protobuf.Timestamp;
import io.patchbay.api.WireTest.Row;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A second implementation reads what ours writes, and ours reads what it writes: the distribution's
 * own protobuf compiler, in C++, with our proto files. Every message of contracts/nsm.md section 1
 * has its row in wire.txt, with all its fields.
 *
 * <p>Where the compiler must be there, {@code PATCHBAY_PROTOC=required} says so.
 */
class SecondEncoderTest {
  private static final Path PROTOS = Path.of("src/main/proto");
  private static final List<String> PACKAGES =
      List.of("networkservice.", "connection.", "connectioncontext.", "registry.", "ipam.");
  private static final Optional<Path> PROTOC =
      Stream.of(System.getenv("PATH").split(":", -1))
          .map(folder -> Path.of(folder, "protoc"))
          .filter(Files::isExecutable)
          .findFirst();

  /** What ours import comes from the library, so that the compiler alone is enough. */
  @TempDir static Path wellKnown;

  @BeforeAll
  static void unpackWellKnown() throws IOException {
    Path folder = Files.createDirectories(wellKnown.resolve("google/protobuf"));
    for (String name : List.of("empty.proto", "timestamp.proto")) {
      try (InputStream in = Timestamp.class.getResourceAsStream("/google/protobuf/" + name)) {
        Files.copy(Objects.requireNonNull(in), folder.resolve(name));
      }
    }
  }

  @BeforeAll
  static void mustBeThereWhereItIsRequired() {
    if (PROTOC.isPresent()) {
      return;
    }
    String missing = "no protoc in PATH: apt-get install protobuf-compiler; nothing was compared";
    assertTrue(!"required".equals(System.getenv("PATCHBAY_PROTOC")), missing);
    System.out.println("SecondEncoderTest skipped: " + missing);
    abort(missing);
  }

  static Stream<Row> rows() throws IOException {
    return WireTest.rows().stream()
        .filter(row -> PACKAGES.stream().anyMatch(prefix -> row.name().startsWith(prefix)));
  }

  @Test
  void everyPackageIsCompared() throws IOException {
    List<String> names = rows().map(Row::name).toList();
    assertEquals(
        List.of(),
        PACKAGES.stream()
            .filter(prefix -> names.stream().noneMatch(name -> name.startsWith(prefix)))
            .toList());
  }

  @ParameterizedTest
  @MethodSource("rows")
  void itReadsOurBytes(Row row) throws Exception {
    DynamicMessage ours = ours(row);
    byte[] text = protoc("--decode=" + row.name(), row, ours.toByteArray());
    DynamicMessage.Builder theirs = DynamicMessage.newBuilder(ours.getDescriptorForType());
    TextFormat.merge(new String(text, StandardCharsets.UTF_8), theirs);
    assertEquals(ours, theirs.build());
  }

  /** Compared as messages, for entries of a map have no order; and as bytes where there is one. */
  @ParameterizedTest
  @MethodSource("rows")
  void weReadItsBytes(Row row) throws Exception {
    DynamicMessage ours = ours(row);
    byte[] bytes =
        protoc("--encode=" + row.name(), row, row.text().getBytes(StandardCharsets.UTF_8));
    DynamicMessage theirs = DynamicMessage.parseFrom(ours.getDescriptorForType(), bytes);
    assertEquals(ours, theirs);
    assertEquals(Map.of(), theirs.getUnknownFields().asMap());
    assertEquals(ours.getSerializedSize(), bytes.length);
  }

  private static DynamicMessage ours(Row row) throws TextFormat.ParseException {
    Descriptor type = WireTest.MESSAGES.get(row.name());
    DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
    TextFormat.merge(row.text(), message);
    return message.build();
  }

  private static byte[] protoc(String what, Row row, byte[] input) throws Exception {
    String file = WireTest.MESSAGES.get(row.name()).getFile().getFullName();
    Path in = Files.createTempFile("message", "");
    Path errors = Files.createTempFile("errors", "");
    try {
      Files.write(in, input);
      Process process =
          new ProcessBuilder(
                  PROTOC.orElseThrow().toString(),
                  "-I" + PROTOS,
                  "-I" + wellKnown.toString(),
                  what,
                  file)
              .redirectInput(in.toFile())
              .redirectError(errors.toFile())
              .start();
      byte[] output = process.getInputStream().readAllBytes();
      assertEquals(0, process.waitFor(), () -> what + ": " + text(errors));
      return output;
    } finally {
      Files.delete(in);
      Files.delete(errors);
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
