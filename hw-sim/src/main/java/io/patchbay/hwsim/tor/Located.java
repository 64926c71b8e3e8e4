package io.patchbay.hwsim.tor;

import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.InstancePath;
import java.util.Optional;
import java.util.stream.Stream;

/** A node of a datastore and where it sits, for whoever looks for what makes no sense. */
record Located(Data data, InstancePath path) {
  /** The root of a datastore. */
  static Located root(Data root) {
    return new Located(root, InstancePath.ROOT);
  }

  /** All nodes at the end of these names; a list's name leads to each of its entries. */
  Stream<Located> all(String... names) {
    Stream<Located> found = Stream.of(this);
    for (String name : names) {
      found =
          found.flatMap(
              node -> node.data.all(name).map(child -> new Located(child, node.path.to(child))));
    }
    return found;
  }

  /** The child of that name, or an empty one in its place. */
  Located below(String name) {
    Data child = data.child(name).orElseGet(() -> Data.empty(data.schema().child(name)));
    return new Located(child, path.to(child));
  }

  /** The node at the end of these names. */
  Optional<Located> at(String... names) {
    return all(names).findFirst();
  }
}
