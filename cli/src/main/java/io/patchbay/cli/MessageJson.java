package io.patchbay.cli;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Message;
import io.patchbay.base.Json;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An answer for programs: its message field by field, under the names of protobuf's JSON. What is
 * zero, empty or false is left out, and numbers are numbers.
 */
final class MessageJson {
  private MessageJson() {}

  /** Indented, ending with a newline. */
  static String of(Message message) {
    return Json.pretty(value(message)) + "\n";
  }

  private static Object value(Object field) {
    return switch (field) {
      case Message message -> fields(message);
      case List<?> list -> list.stream().map(MessageJson::value).toList();
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
