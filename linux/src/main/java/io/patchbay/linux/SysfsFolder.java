package io.patchbay.linux;

import io.patchbay.base.Failure;
import io.patchbay.linux.sys.Blocking;
import io.patchbay.linux.sys.Descriptor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A folder of sysfs: small text files and links. What is not there reads as absent.
 *
 * @param lane where writes wait for the kernel
 */
record SysfsFolder(Path path, Blocking.Lane lane) {

  SysfsFolder folder(String name) {
    return new SysfsFolder(path.resolve(name), lane);
  }

  boolean exists() {
    return Files.isDirectory(path);
  }

  /** The names in it, sorted as texts; none if it does not exist. */
  List<String> names() {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
      List<String> names = new ArrayList<>();
      entries.forEach(entry -> names.add(entry.getFileName().toString()));
      Collections.sort(names);
      return names;
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (IOException | DirectoryIteratorException e) {
      throw unreadable(path, e);
    }
  }

  /** The stripped content of a file. */
  Optional<String> text(String name) {
    Path file = path.resolve(name);
    try {
      return Optional.of(Files.readString(file).strip());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** The content of a file as a decimal number. */
  OptionalInt number(String name) {
    Optional<String> text = text(name);
    try {
      return text.isPresent() ? OptionalInt.of(Integer.parseInt(text.get())) : OptionalInt.empty();
    } catch (NumberFormatException e) {
      throw unreadable(path.resolve(name), e);
    }
  }

  /** The last name of what a link points at. */
  Optional<String> linkName(String name) {
    Path link = path.resolve(name);
    try {
      return Optional.of(Files.readSymbolicLink(link).getFileName().toString());
    } catch (NoSuchFileException | NotLinkException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw unreadable(link, e);
    }
  }

  /** Writes text to an existing file by one write(2), which is what the kernel acts on. */
  void write(String name, String text, Duration deadline) {
    Path file = path.resolve(name);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    lane.call(
        "write '" + text.strip() + "' to " + file,
        deadline,
        () -> {
          try (Descriptor opened = Descriptor.open(file, Descriptor.WRITE_ONLY)) {
            return opened.write(bytes, bytes.length);
          }
        });
  }

  private static Failure unreadable(Path file, Exception e) {
    return new Failure(Failure.Kind.UNAVAILABLE, "cannot read " + file + ": " + Failure.text(e), e);
  }
}
