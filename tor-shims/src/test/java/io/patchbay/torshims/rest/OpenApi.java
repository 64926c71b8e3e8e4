package io.patchbay.torshims.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.patchbay.base.Json;
import io.patchbay.hwsim.rest.Exchange;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Holds exchanges to an OpenAPI file: to as much of OpenAPI 3.1 as the file of switch controllers
 * uses. Notes what of the file has occurred.
 */
final class OpenApi {
  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

  private final JsonNode root;
  private final List<String> wrong = new ArrayList<>();
  private final Set<String> seen = new TreeSet<>();

  OpenApi(Path file) throws IOException {
    this.root = Json.parseYaml(file.toString(), Files.readString(file), JsonNode.class);
  }

  /** What was not as the file has it. */
  List<String> wrong() {
    return wrong;
  }

  /** Operations, answers, headers and members of the file that have not occurred. */
  Set<String> unseen() {
    Set<String> all = new TreeSet<>();
    root.path("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .properties()
                .forEach(each -> operation(path.getKey(), each.getKey(), each.getValue(), all)));
    root.at("/components/schemas")
        .properties()
        .forEach(schema ->
            schema
                .getValue()
                .path("properties")
                .properties()
                .forEach(member -> all.add(schema.getKey() + "." + member.getKey())));
    all.removeAll(seen);
    return all;
  }

  private void operation(String path, String method, JsonNode operation, Set<String> all) {
    if (!METHODS.contains(method)) {
      return;
    }
    String name = method + " " + path;
    operation
        .path("responses")
        .properties()
        .forEach(answer -> all.add(name + " " + answer.getKey()));
    operation
        .path("parameters")
        .forEach(
            parameter -> all.add(name + " header " + resolved(parameter).path("name").asText()));
  }

  /** Looks at one exchange. */
  void check(Exchange exchange, String basePath) {
    String path = exchange.path().substring(basePath.length());
    String method = exchange.method().toLowerCase(java.util.Locale.ROOT);
    Optional<Map.Entry<String, JsonNode>> template =
        root.path("paths").properties().stream()
            .filter(each -> matches(each.getKey(), path))
            .findFirst();
    JsonNode operation =
        template.map(each -> each.getValue().path(method)).orElse(MissingNode.getInstance());
    if (operation.isMissingNode()) {
      wrong.add(method + " " + path + " is not in the file");
      return;
    }
    String name = method + " " + template.get().getKey();
    checkHeaders(exchange, operation, name);
    JsonNode body = resolved(operation.path("requestBody"));
    if (body.isMissingNode() != exchange.body().isEmpty()) {
      wrong.add(name + " with this body: " + exchange.body());
    } else if (!body.isMissingNode()) {
      checkContent(body, header(exchange.headers(), "content-type"), exchange.body(), name);
    }
    checkAnswer(exchange, operation, name);
  }

  private void checkHeaders(Exchange exchange, JsonNode operation, String name) {
    for (JsonNode each : operation.path("parameters")) {
      JsonNode parameter = resolved(each);
      String header = parameter.path("name").asText();
      String value = header(exchange.headers(), header.toLowerCase(java.util.Locale.ROOT));
      if (parameter.path("required").asBoolean() && value.isEmpty()) {
        wrong.add(name + " without " + header);
      } else {
        seen.add(name + " header " + header);
        check(Json.read(Json.write(value), JsonNode.class), parameter.path("schema"), header);
      }
    }
    if (!header(exchange.headers(), "authorization").startsWith("Bearer ")) {
      wrong.add(name + " without a token");
    }
  }

  private void checkAnswer(Exchange exchange, JsonNode operation, String name) {
    String status = Integer.toString(exchange.status());
    JsonNode responses = operation.path("responses");
    String key = responses.has(status) ? status : "default";
    if (key.equals("default")) {
      checkProblem(exchange);
    }
    seen.add(name + " " + key);
    JsonNode response = resolved(responses.path(key));
    response
        .path("headers")
        .properties()
        .forEach(header -> {
          String value =
              header(exchange.answerHeaders(), header.getKey().toLowerCase(java.util.Locale.ROOT));
          check(
              Json.read(Json.write(value), JsonNode.class),
              resolved(header.getValue()).path("schema"),
              name + " " + header.getKey());
        });
    checkContent(
        response, header(exchange.answerHeaders(), "content-type"), exchange.answer(), name);
  }

  /** Status and type are a pair of the table. */
  private void checkProblem(Exchange exchange) {
    String table = root.at("/components/responses/problem/description").asText();
    String type = Json.read(exchange.answer(), JsonNode.class).path("type").asText();
    String word = type.substring(type.lastIndexOf(':') + 1);
    if (table
        .lines()
        .noneMatch(row ->
            row.startsWith("| " + exchange.status() + " |") && row.contains("`" + word + "`"))) {
      wrong.add("problem " + exchange.status() + " " + word + " is not in the table");
    }
  }

  private void checkContent(JsonNode part, String type, String text, String where) {
    JsonNode content = part.path("content").path(type);
    if (content.isMissingNode()) {
      wrong.add(where + ": content of type '" + type + "'");
    } else {
      check(Json.read(text, JsonNode.class), content.path("schema"), where);
    }
  }

  private static String header(Map<String, List<String>> headers, String name) {
    return String.join(",", headers.getOrDefault(name, List.of()));
  }

  private static boolean matches(String template, String path) {
    return path.matches(template.replaceAll("\\{[^}]*}", "[^/]+"));
  }

  private JsonNode resolved(JsonNode node) {
    return node.has("$ref") ? root.at(node.get("$ref").asText().substring(1)) : node;
  }

  private void check(JsonNode value, JsonNode schema, String where) {
    JsonNode known = resolved(schema);
    String name =
        schema.has("$ref")
            ? schema.get("$ref").asText().replaceAll(".*/", "")
            : where.replaceAll(".*/", "");
    if (known.has("oneOf")) {
      for (JsonNode each : known.get("oneOf")) {
        if (ofType(value, each)) {
          check(value, each, name);
          return;
        }
      }
    }
    if (known.isMissingNode() || !ofType(value, known) || !ofShape(value, known)) {
      wrong.add(where + ": " + value + " is no " + name + ": " + known);
    }
    checkMembers(value, known, name);
    if (value.isArray()) {
      value.forEach(item -> check(item, known.path("items"), where + "[]"));
    }
  }

  private void checkMembers(JsonNode value, JsonNode schema, String name) {
    if (!value.isObject()) {
      return;
    }
    schema
        .path("required")
        .forEach(each -> {
          if (!value.has(each.asText())) {
            wrong.add(name + " without " + each);
          }
        });
    value
        .properties()
        .forEach(member -> {
          JsonNode known = schema.path("properties").path(member.getKey());
          seen.add(name + "." + member.getKey());
          check(member.getValue(), known, name + "." + member.getKey());
        });
  }

  private boolean ofType(JsonNode value, JsonNode schema) {
    return switch (resolved(schema).path("type").asText("any")) {
      case "null" -> value.isNull();
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "integer" -> value.isInt();
      case "any" -> true;
      default -> throw new IllegalStateException("this test does not know " + schema);
    };
  }

  private static boolean ofShape(JsonNode value, JsonNode schema) {
    int size = value.isTextual() ? value.asText().length() : value.size();
    boolean sized =
        size >= schema.path(value.isTextual() ? "minLength" : "minItems").asInt(0)
            && size
                <= schema
                    .path(value.isTextual() ? "maxLength" : "maxItems")
                    .asInt(Integer.MAX_VALUE);
    boolean ranged =
        !value.isInt()
            || (value.asInt() >= schema.path("minimum").asInt(Integer.MIN_VALUE)
                && value.asInt() <= schema.path("maximum").asInt(Integer.MAX_VALUE));
    boolean patterned =
        !value.isTextual() || value.asText().matches(schema.path("pattern").asText("(?s).*"));
    boolean listed = !schema.has("enum");
    for (JsonNode each : schema.path("enum")) {
      listed |= each.equals(value);
    }
    return sized && ranged && patterned && listed;
  }
}
