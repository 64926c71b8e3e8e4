package io.patchbay.mesh.policy;

import dev.cel.bundle.Cel;
import dev.cel.bundle.CelBuilder;
import dev.cel.bundle.CelFactory;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelFunctionBinding;
import dev.cel.runtime.CelRuntime.Program;
import io.patchbay.base.Failure;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;

/**
 * A policy in the Common Expression Language, which must come out true. Its variables are the names
 * of the contract; {@code claims(token)} gives what a token says, as far as it can be read. It is
 * compiled once, and cannot run for long.
 */
final class CelPolicy implements Policy {
  private static final int ITERATIONS_MAX = 100_000;

  private static final CelType TEXTS = ListType.create(SimpleType.STRING);
  private static final CelType OBJECT = MapType.create(SimpleType.STRING, SimpleType.DYN);
  private static final CelType LISTS = MapType.create(SimpleType.STRING, TEXTS);

  private final String name;
  private final Program program;

  private CelPolicy(String name, Program program) {
    this.name = name;
    this.program = program;
  }

  /**
   * Compiles a policy for one sort of access. Throws Failure INVALID with file, line and column.
   *
   * @param file what it is called in errors
   */
  static CelPolicy compile(String file, String source, Access.Kind kind) {
    Cel cel = environment(kind);
    try {
      CelAbstractSyntaxTree tree = cel.compile(source).getAst();
      return new CelPolicy(file, cel.createProgram(tree));
    } catch (CelValidationException e) {
      CelIssue first =
          e.getErrors().stream()
              .min(
                  Comparator.comparingInt((CelIssue issue) -> issue.getSourceLocation().getLine())
                      .thenComparingInt(issue -> issue.getSourceLocation().getColumn()))
              .orElseThrow();
      throw new Failure(
          Failure.Kind.INVALID,
          "%s:%d:%d: %s"
              .formatted(
                  file,
                  first.getSourceLocation().getLine(),
                  first.getSourceLocation().getColumn() + 1,
                  first.getMessage()),
          e);
    } catch (CelEvaluationException e) {
      throw new Failure(Failure.Kind.INVALID, file + ": " + Failure.text(e), e);
    }
  }

  private static Cel environment(Access.Kind kind) {
    CelBuilder cel =
        CelFactory.legacyCelBuilder()
            .setOptions(CelOptions.current().comprehensionMaxIterations(ITERATIONS_MAX).build())
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .setResultType(SimpleType.BOOL)
            .addFunctionDeclarations(
                CelFunctionDecl.newFunctionDeclaration(
                    "claims",
                    CelOverloadDecl.newGlobalOverload("claims_text", OBJECT, SimpleType.STRING)))
            .addFunctionBindings(
                CelFunctionBinding.from("claims_text", String.class, CelPolicy::claims));
    switch (kind) {
      case CONNECTION -> addPath(cel);
      case REGISTRY -> {
        addPath(cel);
        cel.addVar("resource_id", SimpleType.STRING);
        cel.addVar("resource_name", SimpleType.STRING);
        cel.addVar("resource_path_ids_map", LISTS);
      }
      case MONITOR -> {
        cel.addVar("spiffe_id_connection_map", LISTS);
        cel.addVar("selector_connection_ids", TEXTS);
        cel.addVar("service_spiffe_id", SimpleType.STRING);
      }
    }
    return cel.build();
  }

  private static void addPath(CelBuilder cel) {
    cel.addVar("index", SimpleType.INT);
    cel.addVar("path_segments", ListType.create(OBJECT));
    cel.addVar("auth_info", OBJECT);
  }

  private static Map<String, Object> claims(String token) {
    return Jwt.read(token).map(Jwt::claims).orElse(Map.of());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Optional<String> objection(Access access) {
    try {
      return Boolean.TRUE.equals(program.eval(access.input()))
          ? Optional.empty()
          : Optional.of("it is not true");
    } catch (CelEvaluationException e) {
      // Its text may hold the values that it stumbled over, and tokens are among them.
      return Optional.of("it has no value: " + e.getErrorCode());
    }
  }
}
