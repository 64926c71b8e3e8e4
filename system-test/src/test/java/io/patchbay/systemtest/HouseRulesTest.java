package io.patchbay.systemtest;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The house keeps its own rules: edges between modules, budgets, names, format. */
class HouseRulesTest {
  private static final Set<String> DAEMONS =
      Set.of(
          "nsmgr-lite",
          "registry-proxy",
          "kernel-forwarder",
          "tor-shims",
          "workloads",
          "sriov-manager",
          "device-plugin",
          "identity");

  /** Which module may use which, and nothing else. The cli sees every daemon, tests see all. */
  private static final Map<String, Set<String>> EDGES =
      new TreeMap<>(
          Map.ofEntries(
              entry("api", Set.of()),
              entry("base", Set.of()),
              entry("sockets", Set.of("base")),
              entry("linux", Set.of("base", "sockets")),
              entry("kubernetes", Set.of("base")),
              entry("metrics", Set.of("base")),
              entry("mesh", Set.of("api", "base", "sockets")),
              entry("hw-sim", Set.of("api", "base", "sockets", "linux")),
              entry("nsmgr-lite", Set.of("api", "base", "sockets", "mesh")),
              entry("registry-proxy", Set.of("api", "base", "sockets", "mesh")),
              entry("kernel-forwarder", Set.of("api", "base", "sockets", "linux", "mesh")),
              entry("tor-shims", Set.of("api", "base", "sockets", "mesh", "kubernetes", "metrics")),
              entry("workloads", Set.of("api", "base", "sockets", "linux", "mesh")),
              entry(
                  "sriov-manager",
                  Set.of("api", "base", "sockets", "linux", "mesh", "kubernetes", "metrics")),
              entry("device-plugin", Set.of("api", "base", "sockets", "kubernetes")),
              entry("identity", Set.of("api", "base", "sockets", "mesh"))));

  private static final Set<String> SEES_ALL = Set.of("cli", "system-test", "bench");

  private static final Pattern DEPENDENCY =
      Pattern.compile(
          "<dependency>\\s*<groupId>io.patchbay</groupId>\\s*<artifactId>patchbay-([a-z-]+)"
              + "</artifactId>(.*?)</dependency>",
          Pattern.DOTALL);

  @Test
  void modulesUseOnlyWhatTheyMay() {
    List<String> wrong = new ArrayList<>();
    for (String module : Sources.modules()) {
      if (SEES_ALL.contains(module)) {
        continue;
      }
      Matcher dependency =
          DEPENDENCY.matcher(Sources.text(Sources.ROOT.resolve(module).resolve("pom.xml")));
      while (dependency.find()) {
        boolean test = dependency.group(2).contains("<scope>test</scope>");
        String used = dependency.group(1);
        boolean allowed =
            test ? !DAEMONS.contains(used) : EDGES.getOrDefault(module, Set.of()).contains(used);
        if (!allowed) {
          wrong.add(module + " must not use " + used + (test ? " in tests" : ""));
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  /** What is forbidden outside some place, and why. */
  private record Ban(String pattern, String allowedIn, String why) {}

  private static final List<Ban> BANS =
      List.of(
          new Ban(
              "Thread\\.sleep|Instant\\.now|System\\.nanoTime|currentTimeMillis",
              "/io/patchbay/base/",
              "time is handed in: use Time"),
          new Ban("com\\.sun\\.jna", "/sys/", "native calls live in the sys packages"),
          new Ban(
              "io\\.grpc\\.Status;", "/io/patchbay/sockets/", "only the edge speaks gRPC status"),
          new Ban("CompletableFuture", "/io/patchbay/sockets/", "blocking code on virtual threads"),
          new Ban("catch \\([A-Za-z |]+ (ignored|_)\\)", "nowhere", "no exception is ignored"),
          new Ban(
              "\\bT" + "ODO\\b|\\bFIX" + "ME\\b|\\bX" + "XX\\b",
              "nowhere",
              "finish it or say so in docs"),
          new Ban("org\\.mockito|easymock|jmockit", "nowhere", "fakes are written by hand"));

  @Test
  void bannedThingsStayOut() {
    List<String> wrong = new ArrayList<>();
    for (Path file : Sources.mainJava()) {
      String text = Sources.text(file);
      for (Ban ban : BANS) {
        if (!file.toString().contains(ban.allowedIn())
            && Pattern.compile(ban.pattern()).matcher(text).find()) {
          wrong.add(Sources.name(file) + ": " + ban.pattern() + ": " + ban.why());
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void everyPackageIsDocumentedAndNullMarked() {
    Set<String> wrong = new TreeSet<>();
    for (Path file : Sources.mainJava()) {
      Path info = file.resolveSibling("package-info.java");
      String text = Files.exists(info) ? Sources.text(info) : "";
      if (!text.startsWith("/**") || !text.contains("@NullMarked")) {
        wrong.add(Sources.name(info));
      }
      if (file.toString().matches(".*/(impl|util|utils|common|helper|helpers)/.*")) {
        wrong.add(Sources.name(file) + " is in a package named for nothing");
      }
    }
    assertEquals(Set.of(), wrong);
  }

  private static final int FILE_LINES = 400;
  private static final int METHOD_LINES = 70;
  private static final int PARAMETERS = 6;

  @Test
  void budgetsAreKept() {
    List<String> wrong = new ArrayList<>();
    Sources.parse((name, unit, trees) -> {
      long lines = codeLines(Sources.text(Sources.ROOT.resolve(name)));
      if (lines > FILE_LINES) {
        wrong.add(name + " has " + lines + " code lines");
      }
      new Budgets(name, unit, trees, wrong).scan(unit, null);
    });
    assertEquals(List.of(), wrong);
  }

  private static long codeLines(String text) {
    return text.lines()
        .map(String::strip)
        .filter(line ->
            !line.isEmpty()
                && !line.startsWith("//")
                && !line.startsWith("*")
                && !line.startsWith("/*")
                && !line.startsWith("import ")
                && !line.startsWith("package "))
        .count();
  }

  /** Methods, parameters, names and the sentence that every type has. */
  private static final class Budgets extends TreePathScanner<@Nullable Void, @Nullable Void> {
    private static final Pattern BAD_NAME =
        Pattern.compile("(?!Nsmgr|SriovManager).*(Impl|Helper|Utils?|Manager|Info)");
    private final String name;
    private final CompilationUnitTree unit;
    private final Trees trees;
    private final List<String> wrong;

    Budgets(String name, CompilationUnitTree unit, Trees trees, List<String> wrong) {
      this.name = name;
      this.unit = unit;
      this.trees = trees;
      this.wrong = wrong;
    }

    @Override
    public @Nullable Void visitClass(ClassTree type, @Nullable Void none) {
      String simple = type.getSimpleName().toString();
      boolean top =
          getCurrentPath().getParentPath().getLeaf().getKind() == Tree.Kind.COMPILATION_UNIT;
      boolean shown = type.getModifiers().getFlags().contains(Modifier.PUBLIC);
      if ((top || shown) && trees.getDocComment(getCurrentPath()) == null) {
        wrong.add(name + ": " + simple + " has no Javadoc");
      }
      if (BAD_NAME.matcher(simple).matches()) {
        wrong.add(name + ": " + simple + " is not a name for a thing");
      }
      return super.visitClass(type, none);
    }

    @Override
    public @Nullable Void visitMethod(MethodTree method, @Nullable Void none) {
      String where = name + ": " + method.getName();
      long lines = lines(method);
      if (lines > METHOD_LINES) {
        wrong.add(where + " has " + lines + " lines");
      }
      boolean constructor = method.getReturnType() == null;
      if (!constructor && method.getParameters().size() > PARAMETERS) {
        wrong.add(where + " has " + method.getParameters().size() + " parameters");
      }
      if (!constructor && twoBooleans(method.getParameters())) {
        wrong.add(where + " has two booleans in a row");
      }
      return super.visitMethod(method, none);
    }

    private long lines(MethodTree method) {
      if (method.getBody() == null) {
        return 0;
      }
      var positions = trees.getSourcePositions();
      long start = positions.getStartPosition(unit, method.getBody());
      long end = positions.getEndPosition(unit, method.getBody());
      if (start < 0 || end < 0) {
        return 0; // a record's compact form without a body of its own
      }
      return unit.getLineMap().getLineNumber(end) - unit.getLineMap().getLineNumber(start) - 1;
    }

    private static boolean twoBooleans(List<? extends VariableTree> parameters) {
      for (int i = 1; i < parameters.size(); i++) {
        if (bool(parameters.get(i - 1)) && bool(parameters.get(i))) {
          return true;
        }
      }
      return false;
    }

    private static boolean bool(VariableTree parameter) {
      return parameter.getType().toString().equals("boolean");
    }
  }

  /**
   * With {@code -Dformat=write} it formats instead of complaining: that is what .ci/format does.
   */
  @Test
  void sourcesAreFormatted() throws FormatterException, IOException {
    Formatter formatter = new Formatter(JavaFormatterOptions.defaultOptions());
    boolean write = "write".equals(System.getProperty("format"));
    List<String> wrong = new ArrayList<>();
    for (Path file : Sources.java()) {
      String text = Sources.text(file);
      String formatted = formatter.formatSource(text);
      if (formatted.equals(text)) {
        continue;
      }
      if (write) {
        Files.writeString(file, formatted);
      } else {
        wrong.add(Sources.name(file));
      }
    }
    assertEquals(List.of(), wrong, "run .ci/format");
  }
}
