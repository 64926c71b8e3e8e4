package io.patchbay.hwsim.nic;

import io.patchbay.base.Failure;
import io.patchbay.linux.sys.Errno;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** What a path of a sysfs tree names. */
sealed interface SysfsNode {
  /**
   * A folder; what is in it is looked up when it is asked for.
   *
   * @param child finds one by its name, without looking at the others
   */
  record Directory(
      Supplier<SequencedMap<String, SysfsNode>> children,
      Function<String, Optional<SysfsNode>> child)
      implements SysfsNode {
    /** One with few enough in it to look at all of them each time. */
    Directory(Supplier<SequencedMap<String, SysfsNode>> children) {
      this(children, name -> Optional.ofNullable(children.get().get(name)));
    }
  }

  /** A symbolic link with a relative target. */
  record SymbolicLink(String target) implements SysfsNode {}

  /** A file whose text is made when it is read. */
  record Readable(Supplier<String> text) implements SysfsNode {}

  /**
   * A file that acts on what is written to it, or throws {@link Failure} with an {@link Errno}
   * behind it.
   */
  record Writable(Consumer<String> store) implements SysfsNode {}

  /** A file that does both. */
  record Both(Supplier<String> text, Consumer<String> store) implements SysfsNode {}
}
