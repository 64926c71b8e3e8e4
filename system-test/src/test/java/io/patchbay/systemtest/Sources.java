package io.patchbay.systemtest;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** The project's own sources, as files and as syntax trees. */
final class Sources {
  /** The project's root: two above the module that the tests run in, or above target. */
  static final Path ROOT = root();

  private Sources() {}

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("system-test"))) {
      folder = folder.getParent();
    }
    return folder;
  }

  /** The modules by folder name. */
  static List<String> modules() {
    try (Stream<Path> folders = Files.list(ROOT)) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("pom.xml")))
          .map(folder -> folder.getFileName().toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All hand-written Java files, main and test. */
  static List<Path> java() {
    return files(path -> path.toString().endsWith(".java"));
  }

  /** The hand-written Java files of main code. */
  static List<Path> mainJava() {
    return java().stream().filter(path -> path.toString().contains("/src/main/")).toList();
  }

  private static List<Path> files(Predicate<Path> wanted) {
    List<Path> all = new ArrayList<>();
    for (String module : modules()) {
      Path src = ROOT.resolve(module).resolve("src");
      if (!Files.exists(src)) {
        continue;
      }
      try (Stream<Path> walk = Files.walk(src)) {
        walk.filter(Files::isRegularFile).filter(wanted).sorted().forEach(all::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return all;
  }

  /** A file's text. */
  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A file as people write it in messages: relative to the root. */
  static String name(Path file) {
    return ROOT.relativize(file).toString();
  }

  /** What a rule wants to see of one file's syntax. */
  @FunctionalInterface
  interface Visitor {
    void visit(String name, CompilationUnitTree unit, Trees trees);
  }

  /** Parses the main code and shows each file to the visitor. */
  static void parse(Visitor visitor) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, Locale.ROOT, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  List.of("--release", "25"),
                  null,
                  files.getJavaFileObjectsFromPaths(mainJava()));
      Trees trees = Trees.instance(task);
      for (CompilationUnitTree unit : task.parse()) {
        visitor.visit(name(Path.of(unit.getSourceFile().toUri())), unit, trees);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
