package io.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import io.patchbay.api.gnmi.Gnmi;
import io.patchbay.api.gnmi.gNMIGrpc;
import io.patchbay.api.gnmiext.GnmiExt;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** gNMI's messages have the fields, and its service the calls, that switches know. */
class GnmiWireTest {
  /** Of them the contract gives no fields; nothing here uses them. */
  private static final Set<String> UNTOLD =
      Set.of("gnmi_ext.RegisteredExtension", "gnmi_ext.History", "gnmi_ext.TimeRange");

  @Test
  void fieldsHaveTheNumbersAndTypesOfTheContract() throws IOException {
    Set<String> ours = new TreeSet<>();
    Stream.of(Gnmi.getDescriptor(), GnmiExt.getDescriptor())
        .forEach(file -> {
          file.getMessageTypes().forEach(type -> add(ours, type));
          file.getEnumTypes().forEach(type -> ours.add(line(type)));
        });
    try (InputStream in = GnmiWireTest.class.getResourceAsStream("gnmi.txt")) {
      assertEquals(
          new String(in.readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> !line.startsWith("#"))
              .sorted()
              .collect(Collectors.joining("\n")),
          String.join("\n", ours));
    }
  }

  private static void add(Set<String> lines, Descriptor type) {
    if (!UNTOLD.contains(type.getFullName())) {
      String fields =
          type.getFields().stream().map(GnmiWireTest::field).collect(Collectors.joining(", "));
      lines.add((type.getFullName() + " " + fields).strip());
    }
    type.getEnumTypes().forEach(inner -> lines.add(line(inner)));
  }

  private static String field(FieldDescriptor field) {
    String type =
        switch (field.getJavaType()) {
          case MESSAGE -> field.getMessageType().getName();
          case ENUM -> field.getEnumType().getName();
          default ->
              field.toProto().getType().name().substring(5).toLowerCase(java.util.Locale.ROOT);
        };
    return field.getName()
        + "="
        + field.getNumber()
        + (field.isRepeated() ? " repeated " : " ")
        + type;
  }

  private static String line(EnumDescriptor type) {
    return type.getFullName()
        + " "
        + type.getValues().stream()
            .map(value -> value.getName() + "=" + value.getNumber())
            .collect(Collectors.joining(", "));
  }

  @Test
  void theServiceIsCalledAsSwitchesKnowIt() {
    assertEquals(
        Set.of(
            "/gnmi.gNMI/Capabilities UNARY",
            "/gnmi.gNMI/Get UNARY",
            "/gnmi.gNMI/Set UNARY",
            "/gnmi.gNMI/Subscribe BIDI_STREAMING"),
        gNMIGrpc.getServiceDescriptor().getMethods().stream()
            .map(method -> "/" + method.getFullMethodName() + " " + method.getType())
            .collect(Collectors.toSet()));
    assertEquals("0.10.0", Gnmi.getDescriptor().getOptions().getExtension(Gnmi.gnmiService));
    assertEquals(1001, Gnmi.gnmiService.getNumber());
  }
}
