package io.patchbay.cli;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Message;
import io.patchbay.api.vf.Catalog;
import io.patchbay.base.Json;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A catalog of VFs for programs: its message field by field, under the names of protobuf's JSON.
 * What is zero, empty or false is left out, and numbers are numbers.
 */
final class VfJson {
  private VfJson() {}

  /** Indented, ending with a newline. */
  static String of(Catalog catalog) {
    return Json.pretty(value(catalog)) + "\n";
  }

  private static Object value(Object field) {
    return switch (field) {
      case Message message -> fields(message);
      case List<?> list -> list.stream().map(VfJson::value).toList();
      case EnumValueDescriptor constant -> constant.getName();
      default -> field;
    };
  }

  private static Map<String, Object> fields(Message message) {
    Map<String, Object> fields = new TreeMap<>();
    message.getAllFields().forEach((field, value) -> fields.put(field.getJsonName(), value(value)));
    return fields;
  }
}
