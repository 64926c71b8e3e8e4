package io.patchbay.hwsim.netconf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** What a leaf's text may be, and its one canonical form. */
@FunctionalInterface
public interface LeafType {
  /**
   * The canonical form of a text without surrounding blanks.
   *
   * @param prefixes gives the namespace of an XML prefix in scope, the empty text for none
   * @throws IllegalArgumentException saying what is wrong with it
   */
  String canonical(String text, UnaryOperator<String> prefixes);

  /** The module whose prefix stands in the canonical form. */
  default Optional<YangModule> qualifiedBy() {
    return Optional.empty();
  }

  /** How JSON has the canonical text (RFC 7951 section 6): a string, a number, or a boolean. */
  default JsonNode json(String canonical) {
    return TextNode.valueOf(canonical);
  }

  /** Any text up to a length. */
  static LeafType text(int charactersMax) {
    return (text, prefixes) -> {
      if (text.length() > charactersMax) {
        throw new IllegalArgumentException("longer than " + charactersMax + " characters");
      }
      return text;
    };
  }

  /** A whole number in a closed range. */
  static LeafType number(long least, long most) {
    return new LeafType() {
      @Override
      public String canonical(String text, UnaryOperator<String> prefixes) {
        long number = text.matches("[+-]?\\d{1,18}") ? Long.parseLong(text) : Long.MIN_VALUE;
        if (number < least || number > most) {
          throw new IllegalArgumentException(
              "'" + text + "' is not a number from " + least + " to " + most);
        }
        return Long.toString(number);
      }

      /** Numbers of 64 bits are strings in JSON. */
      @Override
      public JsonNode json(String canonical) {
        return most > 0xffff_ffffL
            ? LeafType.super.json(canonical)
            : LongNode.valueOf(Long.parseLong(canonical));
      }
    };
  }

  /**
   * Text of a form.
   *
   * @param what the form in words, for who gets it wrong
   */
  static LeafType pattern(String regex, String what) {
    Pattern pattern = Pattern.compile(regex);
    return (text, prefixes) -> {
      if (!pattern.matcher(text).matches()) {
        throw new IllegalArgumentException("'" + text + "' is not " + what);
      }
      return text;
    };
  }

  /** What is of one type, or else of another. */
  static LeafType either(LeafType first, LeafType second) {
    return new LeafType() {
      @Override
      public String canonical(String text, UnaryOperator<String> prefixes) {
        try {
          return first.canonical(text, prefixes);
        } catch (IllegalArgumentException e) {
          return second.canonical(text, prefixes);
        }
      }

      @Override
      public Optional<YangModule> qualifiedBy() {
        return first.qualifiedBy().or(second::qualifiedBy);
      }

      @Override
      public JsonNode json(String canonical) {
        try {
          return first.json(first.canonical(canonical, prefix -> ""));
        } catch (IllegalArgumentException e) {
          return second.json(canonical);
        }
      }
    };
  }

  /** One of a few words. */
  static LeafType oneOf(String... words) {
    Set<String> known = Set.of(words);
    return (text, prefixes) -> {
      if (!known.contains(text)) {
        throw new IllegalArgumentException("'" + text + "' is none of " + String.join(", ", words));
      }
      return text;
    };
  }

  /** {@code true} or {@code false}. */
  static LeafType flag() {
    LeafType words = oneOf("true", "false");
    return new LeafType() {
      @Override
      public String canonical(String text, UnaryOperator<String> prefixes) {
        return words.canonical(text, prefixes);
      }

      @Override
      public JsonNode json(String canonical) {
        return BooleanNode.valueOf(Boolean.parseBoolean(canonical));
      }
    };
  }

  /** An identity of a module; in XML it must carry a prefix bound to the module's namespace. */
  static LeafType identity(YangModule module, String... names) {
    Set<String> known = Set.of(names);
    return new LeafType() {
      @Override
      public String canonical(String text, UnaryOperator<String> prefixes) {
        int colon = text.indexOf(':');
        String namespace = prefixes.apply(text.substring(0, Math.max(colon, 0)));
        String name = text.substring(colon + 1);
        if (!namespace.equals(module.namespace()) || !known.contains(name)) {
          throw new IllegalArgumentException("'" + text + "' is no identity of " + module.name());
        }
        return module.prefix() + ":" + name;
      }

      @Override
      public Optional<YangModule> qualifiedBy() {
        return Optional.of(module);
      }

      @Override
      public JsonNode json(String canonical) {
        return TextNode.valueOf(
            module.name() + canonical.substring(module.prefix().length())); // keeps the colon
      }
    };
  }
}
