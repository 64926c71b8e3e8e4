package io.patchbay.hwsim.netconf;

import io.patchbay.base.Xml;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.w3c.dom.Element;

/**
 * A device for tests: boxes with a name, a size and colours, on a shelf with a label and places
 * told by row and side. It records what is applied. A box called {@code bad} makes no sense.
 */
final class Shelf implements Device {
  static final String EMPTY = "";

  private static final YangModule MODULE = new YangModule("urn:shelf", "s", "shelf");
  private static final Schema ROOT =
      new Schema.Container(
          YangModule.NETCONF,
          "data",
          true,
          List.of(
              new Schema.Container(
                  MODULE,
                  "shelf",
                  true,
                  List.of(
                      new Schema.Leaf(MODULE, "label", LeafType.text(20)),
                      new Schema.Container(
                          MODULE,
                          "state",
                          false,
                          List.of(new Schema.Leaf(MODULE, "weight", LeafType.number(0, 99)))),
                      new Schema.Entries(
                          MODULE,
                          "box",
                          "name",
                          List.of(
                              new Schema.Leaf(MODULE, "name", LeafType.text(20)),
                              new Schema.Leaf(MODULE, "size", LeafType.number(1, 9)),
                              new Schema.LeafList(MODULE, "colour", LeafType.text(9)))),
                      new Schema.Entries(
                          MODULE,
                          "place",
                          List.of("row", "side"),
                          List.of(
                              new Schema.Leaf(MODULE, "row", LeafType.number(1, 99)),
                              new Schema.Leaf(MODULE, "side", LeafType.identity(MODULE, "L", "R")),
                              new Schema.Leaf(MODULE, "holds", LeafType.text(20))))))));

  final List<String> applied = new ArrayList<>();

  /** What is inside an element, parsed. */
  static Element parse(String inside) {
    return Xml.parse(
        ("<config xmlns:nc='urn:ietf:params:xml:ns:netconf:base:1.0'>"
                + inside.replace("<shelf", "<shelf xmlns='urn:shelf'")
                + "</config>")
            .getBytes(StandardCharsets.UTF_8));
  }

  /** A tree that holds this. */
  static Data tree(String inside) {
    return new TreeEditor(false).edit(Data.empty(ROOT), parse(inside), TreeEditor.Operation.MERGE);
  }

  /** A tree on one line, without its namespace. */
  static String text(Data tree) {
    return new XmlText()
        .content(tree)
        .toString()
        .replaceAll(">\\s+<", "><")
        .strip()
        .replace(" xmlns=\"urn:shelf\"", "")
        .replace(" xmlns:s=\"urn:shelf\"", "");
  }

  @Override
  public List<YangModule> modules() {
    return List.of(MODULE);
  }

  @Override
  public Data factoryConfig() {
    return Data.empty(ROOT);
  }

  @Override
  public void validate(Data config) {
    if (text(config).contains("<name>bad</name>")) {
      throw RpcError.at(InstancePath.ROOT, RpcError.Tag.INVALID_VALUE, "a bad box").refusal();
    }
  }

  @Override
  public void apply(Data running) {
    applied.add(text(running));
  }

  @Override
  public Data withState(Data running) {
    return running;
  }
}
