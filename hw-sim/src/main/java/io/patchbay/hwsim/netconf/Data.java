package io.patchbay.hwsim.netconf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A node of a datastore with all below it: an immutable value. Children stand in canonical order
 * (the schema's; entries by their keys, shorter ones first), so equal configurations are equal
 * values and are written alike.
 *
 * @param schema what it is
 * @param value its canonical text, empty for all but leaves
 * @param children what is below it, empty for leaves
 */
public record Data(Schema schema, String value, List<Data> children) {
  public Data {
    children = List.copyOf(children);
  }

  /** An empty container or an entry that has no key yet. */
  public static Data empty(Schema schema) {
    return new Data(schema, "", List.of());
  }

  /** A leaf or an item of a leaf-list, of a text that is canonical. */
  public static Data leaf(Schema schema, String value) {
    return new Data(schema, value, List.of());
  }

  /** What tells it from its siblings of the same schema: an entry's keys, a list item's value. */
  public List<String> keys() {
    return switch (schema) {
      case Schema.Entries list -> list.keys().stream().map(key -> leaf(key).orElse("")).toList();
      case Schema.LeafList _ -> List.of(value);
      case Schema.Leaf _, Schema.Container _ -> List.of();
    };
  }

  /** The first of {@link #keys}, the empty text if there is none. */
  public String key() {
    return keys().stream().findFirst().orElse("");
  }

  /** The container or leaf of that name below this one. */
  public Optional<Data> child(String name) {
    for (Data child : children) { // asked for all the time
      if (child.schema.name().equals(name)) {
        return Optional.of(child);
      }
    }
    return Optional.empty();
  }

  /** The node at the end of these names. */
  public Optional<Data> at(String... names) {
    Optional<Data> node = Optional.of(this);
    for (String name : names) {
      node = node.flatMap(parent -> parent.child(name));
    }
    return node;
  }

  /** All nodes of that name below this one: a list's entries, a leaf-list's items. */
  public Stream<Data> all(String name) {
    return children.stream().filter(child -> child.schema.name().equals(name));
  }

  /** The value of a leaf below this one. */
  public Optional<String> leaf(String name) {
    return child(name).map(Data::value);
  }

  /** Whether it holds nothing. */
  public boolean isEmpty() {
    return children.isEmpty() && value.isEmpty();
  }

  /** The child in the same place as another: same schema, same key. */
  public Optional<Data> inPlaceOf(Data other) {
    return children.stream().filter(other::samePlace).findFirst();
  }

  /** This, with a child put in its place or put in place of what is there. */
  public Data with(Data child) {
    for (int i = 0; i < children.size(); i++) {
      if (child.samePlace(children.get(i))) {
        List<Data> others = new ArrayList<>(children);
        others.set(i, child);
        return new Data(schema, value, others);
      }
    }
    return new Data(
        schema, value, Stream.concat(children.stream(), Stream.of(child)).sorted(order()).toList());
  }

  /** This, with a leaf below it set, of a text that is canonical. */
  public Data with(String leaf, String canonical) {
    return with(leaf(schema.child(leaf), canonical));
  }

  /** This, without what is in a child's place. */
  public Data without(Data child) {
    return new Data(
        schema, value, children.stream().filter(other -> !child.samePlace(other)).toList());
  }

  private boolean samePlace(Data other) {
    if (schema != other.schema) {
      return false;
    }
    return switch (schema) {
      case Schema.Entries list -> {
        for (String key : list.keys()) {
          if (!leaf(key).orElse("").equals(other.leaf(key).orElse(""))) {
            yield false;
          }
        }
        yield true;
      }
      case Schema.LeafList _ -> value.equals(other.value);
      case Schema.Leaf _, Schema.Container _ -> true;
    };
  }

  private Comparator<Data> order() {
    return Comparator.<Data>comparingInt(child -> schema.children().indexOf(child.schema))
        .thenComparing(Data::keys, Data::compareKeys);
  }

  private static int compareKeys(List<String> ones, List<String> others) {
    Comparator<String> order =
        Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());
    for (int i = 0; i < Math.min(ones.size(), others.size()); i++) {
      int compared = order.compare(ones.get(i), others.get(i));
      if (compared != 0) {
        return compared;
      }
    }
    return 0;
  }
}
