package io.patchbay.hwsim.netconf;

import io.patchbay.base.Xml;
import io.patchbay.hwsim.netconf.RpcError.Tag;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.w3c.dom.Element;

/**
 * Applies the content of an edit-config to a tree and gives the tree after it (RFC 6241 section
 * 7.2, RFC 7950 sections 7.5 to 7.8). Pure; an error leaves the tree as it was, but with {@code
 * goOn} only the edits that fail are left out. Used once, by one thread.
 */
final class TreeEditor {
  /** What an edit does to the node it names. */
  enum Operation {
    MERGE,
    REPLACE,
    CREATE,
    DELETE,
    REMOVE,
    NONE
  }

  private final boolean goOn;
  private final List<RpcError> errors = new ArrayList<>();

  /** An editor that stops at the first error, or goes on and gathers the errors. */
  TreeEditor(boolean goOn) {
    this.goOn = goOn;
  }

  /** The tree after the edit. Throws {@link RpcError.Refusal} unless it goes on. */
  Data edit(Data root, Element config, Operation byDefault) {
    Data start = byDefault == Operation.REPLACE ? Data.empty(root.schema()) : root;
    return editChildren(start, config, byDefault, InstancePath.ROOT);
  }

  /** The errors gathered while going on. */
  List<RpcError> errors() {
    return List.copyOf(errors);
  }

  private Data editChildren(Data parent, Element edits, Operation inherited, InstancePath path) {
    Data result = parent;
    for (Element edit : Xml.children(edits)) {
      if (isKey(parent.schema(), edit)) {
        continue;
      }
      try {
        result = editChild(result, edit, inherited, path);
      } catch (RpcError.Refusal e) {
        if (!goOn) {
          throw e;
        }
        errors.addAll(e.errors());
      }
    }
    return result;
  }

  private Data editChild(Data parent, Element edit, Operation inherited, InstancePath path) {
    Schema schema = known(parent.schema(), edit, path);
    Operation operation = operation(edit, inherited, path.to(Data.empty(schema)));
    boolean removing = operation == Operation.DELETE || operation == Operation.REMOVE;
    Data named =
        removing && schema instanceof Schema.Leaf ? Data.empty(schema) : named(schema, edit, path);
    Optional<Data> existing = parent.inPlaceOf(named);
    InstancePath here = path.to(named);
    return switch (operation) {
      case REMOVE -> parent.without(named);
      case DELETE -> parent.without(existing.orElseThrow(() -> missing(here)));
      case CREATE -> {
        if (existing.isPresent()) {
          throw RpcError.at(here, Tag.DATA_EXISTS, "there is one already").refusal();
        }
        yield put(parent, editBelow(named, edit, operation, here));
      }
      case REPLACE -> put(parent.without(named), editBelow(named, edit, operation, here));
      case MERGE -> {
        Data start = schema instanceof Schema.Leaf ? named : existing.orElse(named);
        yield put(parent, editBelow(start, edit, operation, here));
      }
      case NONE -> {
        Data start =
            schema instanceof Schema.Container
                ? existing.orElse(named)
                : existing.orElseThrow(() -> missing(here));
        yield put(parent, editBelow(start, edit, operation, here));
      }
    };
  }

  private Data editBelow(Data node, Element edit, Operation operation, InstancePath path) {
    return switch (node.schema()) {
      case Schema.Leaf _, Schema.LeafList _ -> node;
      case Schema.Container _, Schema.Entries _ -> editChildren(node, edit, operation, path);
    };
  }

  /** A container left empty vanishes. */
  private static Data put(Data parent, Data child) {
    return child.schema() instanceof Schema.Container && child.isEmpty()
        ? parent.without(child)
        : parent.with(child);
  }

  /** The node an edit names, with its keys or value but nothing below it. */
  private static Data named(Schema schema, Element edit, InstancePath path) {
    return switch (schema) {
      case Schema.Container container -> Data.empty(container);
      case Schema.Leaf leaf -> value(leaf, leaf.type(), edit, path);
      case Schema.LeafList list -> value(list, list.type(), edit, path);
      case Schema.Entries list -> {
        Data entry = Data.empty(list);
        for (Schema.Leaf key : list.keyLeaves()) {
          InstancePath here = path.to(entry);
          Element element =
              Xml.child(edit, list.module().namespace(), key.name())
                  .orElseThrow(() -> keyless(here, key));
          entry = entry.with(value(key, key.type(), element, here));
        }
        yield entry;
      }
    };
  }

  /** The keys are part of an entry's place; an edit below the entry leaves them alone. */
  private static boolean isKey(Schema parent, Element edit) {
    return parent instanceof Schema.Entries list
        && list.keys().contains(edit.getLocalName())
        && list.module().namespace().equals(Xml.namespace(edit));
  }

  private static Data value(Schema schema, LeafType type, Element element, InstancePath path) {
    try {
      return Data.leaf(
          schema, type.canonical(Xml.text(element), prefix -> Xml.namespace(element, prefix)));
    } catch (IllegalArgumentException e) {
      InstancePath here = path.to(Data.leaf(schema, Xml.text(element)));
      throw RpcError.at(here, Tag.INVALID_VALUE, schema.name() + ": " + e.getMessage())
          .with("bad-element", schema.name())
          .refusal();
    }
  }

  private static Schema known(Schema parent, Element edit, InstancePath path) {
    String namespace = Xml.namespace(edit);
    Optional<Schema> schema =
        namespace.isEmpty() ? Optional.empty() : parent.child(namespace, edit.getLocalName());
    if (schema.isPresent() && schema.get().editable()) {
      return schema.get();
    }
    boolean foreign = schema.isEmpty() && !parent.knows(namespace);
    RpcError error =
        RpcError.at(
                path,
                foreign ? Tag.UNKNOWN_NAMESPACE : Tag.UNKNOWN_ELEMENT,
                schema.isPresent()
                    ? edit.getLocalName() + " is state, it cannot be edited"
                    : "no configuration is called " + edit.getLocalName() + " in " + namespace)
            .with("bad-element", edit.getLocalName());
    throw (foreign ? error.with("bad-namespace", namespace) : error).refusal();
  }

  private static Operation operation(Element edit, Operation inherited, InstancePath path) {
    String netconf = YangModule.NETCONF.namespace();
    if (!edit.hasAttributeNS(netconf, "operation")) {
      return inherited;
    }
    return switch (edit.getAttributeNS(netconf, "operation")) {
      case "merge" -> Operation.MERGE;
      case "replace" -> Operation.REPLACE;
      case "create" -> Operation.CREATE;
      case "delete" -> Operation.DELETE;
      case "remove" -> Operation.REMOVE;
      case String other ->
          throw RpcError.at(path, Tag.BAD_ATTRIBUTE, "no operation is called '" + other + "'")
              .with("bad-attribute", "operation")
              .with("bad-element", edit.getLocalName())
              .refusal();
    };
  }

  private static RpcError.Refusal missing(InstancePath path) {
    return RpcError.at(path, Tag.DATA_MISSING, "there is none").refusal();
  }

  private static RpcError.Refusal keyless(InstancePath path, Schema.Leaf key) {
    return RpcError.at(path, Tag.MISSING_ELEMENT, "an entry without its key " + key.name())
        .with("bad-element", key.name())
        .refusal();
  }

  /** The words of default-operation, which lacks create, delete and remove. */
  static Optional<Operation> byDefault(String word) {
    return switch (word) {
      case "merge" -> Optional.of(Operation.MERGE);
      case "replace" -> Optional.of(Operation.REPLACE);
      case "none" -> Optional.of(Operation.NONE);
      default -> Optional.empty();
    };
  }
}
