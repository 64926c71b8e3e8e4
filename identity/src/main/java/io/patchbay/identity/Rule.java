package io.patchbay.identity;

import io.patchbay.base.Failure;
import io.patchbay.mesh.identity.SpiffeId;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who a process is, if all that is said of it holds. What a process can choose by itself (its
 * arguments) tells apart those that are trusted anyway: together with a user, a program or a
 * network namespace only.
 *
 * @param id a SPIFFE ID in which {@code {node}}, and for a pod {@code {namespace}} and {@code
 *     {pod}}, are filled in
 * @param uid the user
 * @param executable the program's file, as the kernel names it
 * @param argument a word among its arguments, such as {@code nsmgr}
 * @param network whose network namespace it is in
 */
record Rule(
    String id,
    @Nullable Long uid,
    @Nullable String executable,
    @Nullable String argument,
    @Nullable Network network) {
  /** Whose network namespace. */
  enum Network {
    /** The one of the identity server itself. */
    host,
    /** One that the node says is a pod's. */
    pod,
    /** Any other. */
    other
  }

  private static final Pattern NAME = Pattern.compile("\\{([^}]*)}");
  private static final List<String> OF_POD = List.of("namespace", "pod");

  Rule(
      @Nullable String id,
      @Nullable Long uid,
      @Nullable String executable,
      @Nullable String argument,
      @Nullable Network network) {
    this.id = require(id, network);
    this.uid = uid;
    this.executable = executable;
    this.argument = argument;
    this.network = network;
    if (uid == null && executable == null && network == null) {
      throw new Failure(
          Failure.Kind.INVALID,
          "id: " + id + " is for anybody; say which uid, executable or network it is for");
    }
  }

  private static String require(@Nullable String id, @Nullable Network network) {
    if (id == null) {
      throw new Failure(Failure.Kind.INVALID, "id: is missing");
    }
    Map<String, String> sample = new TreeMap<>(Map.of("node", "n"));
    if (network == Network.pod) {
      OF_POD.forEach(name -> sample.put(name, "n"));
    }
    try {
      var unused = SpiffeId.parse(fill(id, sample));
      return id;
    } catch (Failure e) {
      throw new Failure(e.kind(), "id: " + Failure.text(e), e);
    }
  }

  private static String fill(String id, Map<String, String> values) {
    return NAME.matcher(id)
        .replaceAll(found -> {
          @Nullable String value = values.get(found.group(1));
          if (value == null) {
            throw new Failure(
                Failure.Kind.INVALID,
                found.group() + " is not known here; known are " + values.keySet());
          }
          return Matcher.quoteReplacement(value);
        });
  }

  /** Whether it is about this process. */
  boolean matches(Caller caller) {
    return (uid == null || uid == caller.uid())
        && (executable == null || executable.equals(caller.executable()))
        && (argument == null || caller.arguments().contains(argument))
        && (network == null || network == caller.network());
  }

  /** The identity of a process that matches. */
  SpiffeId idOf(Caller caller, String node) {
    Map<String, String> values = new TreeMap<>(Map.of("node", node));
    caller
        .pod()
        .ifPresent(pod -> {
          values.put("namespace", pod.namespace());
          values.put("pod", pod.name());
        });
    return SpiffeId.parse(fill(id, values));
  }
}
