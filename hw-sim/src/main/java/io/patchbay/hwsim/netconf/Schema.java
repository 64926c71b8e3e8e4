package io.patchbay.hwsim.netconf;

import java.util.List;
import java.util.Optional;

/**
 * What may stand where in a datastore: the part of YANG a simulated device needs. Nodes are made
 * once per device and compared by what they are; the order of children is the order in which data
 * is written.
 */
public sealed interface Schema {
  /** The module that defines it. */
  YangModule module();

  /** Its local name. */
  String name();

  /** What may stand below it. */
  default List<Schema> children() {
    return List.of();
  }

  /** Whether clients may edit it; what is below follows. */
  default boolean editable() {
    return true;
  }

  /** A container; it exists exactly when something is in it. */
  record Container(YangModule module, String name, boolean editable, List<Schema> children)
      implements Schema {
    public Container {
      children = List.copyOf(children);
    }
  }

  /** A list whose entries are told apart by one leaf or by several together. */
  record Entries(YangModule module, String name, List<String> keys, List<Schema> children)
      implements Schema {
    public Entries {
      keys = List.copyOf(keys);
      children = List.copyOf(children);
      for (String key : keys) {
        if (children.stream().noneMatch(child -> child.name().equals(key))) {
          throw new IllegalArgumentException("list " + name + " lacks its key " + key);
        }
      }
    }

    /** A list with one key. */
    public Entries(YangModule module, String name, String key, List<Schema> children) {
      this(module, name, List.of(key), children);
    }

    /** The leaves that are keys, in the order of the keys. */
    public List<Leaf> keyLeaves() {
      return keys.stream().map(key -> (Leaf) child(key)).toList();
    }
  }

  /** One value. */
  record Leaf(YangModule module, String name, LeafType type) implements Schema {}

  /** A set of values. */
  record LeafList(YangModule module, String name, LeafType type) implements Schema {}

  /** The child of that name, in that namespace; an empty namespace stands for any. */
  default Optional<Schema> child(String namespace, String name) {
    return children().stream()
        .filter(child -> child.name().equals(name))
        .filter(child -> namespace.isEmpty() || child.module().namespace().equals(namespace))
        .findFirst();
  }

  /** The child of that name. A name that does not exist is a mistake of the caller. */
  default Schema child(String name) {
    return child("", name)
        .orElseThrow(() -> new IllegalArgumentException(name() + " has no child " + name));
  }

  /** Whether any node at or below this one is of that namespace. */
  default boolean knows(String namespace) {
    return module().namespace().equals(namespace)
        || children().stream().anyMatch(child -> child.knows(namespace));
  }
}
