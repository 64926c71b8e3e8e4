package io.patchbay.base;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A daemon's configuration is a record whose components say which environment variable they come
 * from; one that is a record itself, without saying so, brings its own. This class fills the
 * record, and lists the variables for {@code --help} and for the check of the manifests. Values are
 * written as Go's envconfig writes them: lists with commas, maps as {@code k:v,k2:v2}, durations as
 * {@code 10m}. Addresses are read as {@link Url} does, and lead to a unix socket or a tcp port;
 * those of other protocols are {@link URI}s; what may be absent is an {@link Optional}.
 */
public final class Environment {
  /** Where a record component's value comes from. */
  @Target({ElementType.RECORD_COMPONENT, ElementType.FIELD, ElementType.PARAMETER})
  @Retention(RetentionPolicy.RUNTIME)
  public @interface Variable {
    /** The variable's whole name. */
    String name();

    /** What is taken when it is not set. */
    String fallback() default "";

    /** One line for {@code --help}. */
    String help();
  }

  private Environment() {}

  /** The variables of a config record and of the records in it, in its order. */
  public static List<Variable> variables(Class<? extends Record> type) {
    return Arrays.stream(type.getRecordComponents())
        .flatMap(component ->
            isPart(component)
                ? variables(component.getType().asSubclass(Record.class)).stream()
                : Stream.of(variable(component)))
        .toList();
  }

  /**
   * Fills a record. Throws {@link Failure} of kind INVALID naming the variable whose value does not
   * fit.
   */
  public static <R extends Record> R read(Class<R> type, Map<String, String> environment) {
    List<Object> values = new ArrayList<>();
    List<Class<?>> types = new ArrayList<>();
    for (RecordComponent component : type.getRecordComponents()) {
      values.add(
          isPart(component)
              ? read(component.getType().asSubclass(Record.class), environment)
              : value(component, environment));
      types.add(component.getType());
    }
    try {
      var constructor = type.getDeclaredConstructor(types.toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      return constructor.newInstance(values.toArray());
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot fill " + type, e);
    }
  }

  /** Whether it is a record of further variables, such as several daemons share. */
  private static boolean isPart(RecordComponent component) {
    return component.getType().isRecord() && !component.isAnnotationPresent(Variable.class);
  }

  private static Object value(RecordComponent component, Map<String, String> environment) {
    Variable variable = variable(component);
    String text = environment.getOrDefault(variable.name(), variable.fallback());
    return parse(variable.name(), text, component.getGenericType());
  }

  private static Variable variable(RecordComponent component) {
    Variable variable = component.getAnnotation(Variable.class);
    if (variable == null) {
      throw new IllegalStateException(
          component.getDeclaringRecord() + "." + component.getName() + " names no variable");
    }
    return variable;
  }

  private static Object parse(String name, String text, Type type) {
    try {
      return type instanceof ParameterizedType several ? several(text, several) : one(text, type);
    } catch (Failure | IllegalArgumentException e) {
      throw new Failure(Failure.Kind.INVALID, name + "='" + text + "': " + Failure.text(e), e);
    }
  }

  private static Object several(String text, ParameterizedType type) {
    Type element = type.getActualTypeArguments()[type.getActualTypeArguments().length - 1];
    return switch (type.getRawType().getTypeName()) {
      case "java.util.List" -> list(text).stream().map(each -> one(each, element)).toList();
      case "java.util.Map" -> map(text, element);
      case "java.util.Optional" ->
          text.isBlank() ? Optional.empty() : Optional.of(one(text, element));
      default -> throw new IllegalStateException("no reader for " + type);
    };
  }

  private static Object one(String text, Type type) {
    return switch (type.getTypeName()) {
      case "java.lang.String" -> text;
      case "int" -> Integer.parseInt(text.strip());
      case "boolean" -> bool(text.strip());
      case "java.time.Duration" -> GoDuration.parse(text);
      case "java.nio.file.Path" -> Path.of(text.strip());
      case "io.patchbay.base.Url" -> url(text);
      case "java.net.URI" -> URI.create(text.strip());
      default -> throw new IllegalStateException("no reader for " + type);
    };
  }

  private static Url url(String text) {
    Url url = Url.parse(text);
    if (url.scheme().equals("tcp")) {
      int unused = url.port();
    } else if (!url.isUnix()) {
      throw new IllegalArgumentException("write unix:///path or tcp://host:port");
    }
    return url;
  }

  private static boolean bool(String text) {
    return switch (text.toLowerCase(java.util.Locale.ROOT)) {
      case "true", "1", "t" -> true;
      case "false", "0", "f", "" -> false;
      default -> throw new IllegalArgumentException("neither true nor false");
    };
  }

  private static List<String> list(String text) {
    return Arrays.stream(text.split(",", -1)).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  private static Map<String, Object> map(String text, Type element) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (String entry : list(text)) {
      int colon = entry.indexOf(':');
      if (colon <= 0) {
        throw new IllegalArgumentException("'" + entry + "' is not key:value");
      }
      map.put(entry.substring(0, colon).strip(), one(entry.substring(colon + 1).strip(), element));
    }
    return Map.copyOf(map);
  }
}
