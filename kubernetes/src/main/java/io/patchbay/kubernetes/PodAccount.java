package io.patchbay.kubernetes;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a cluster tells each of its pods of its API server. Nothing of the client is loaded by this,
 * so a daemon outside a cluster pays nothing for it.
 *
 * @param host empty outside a cluster
 * @param folder where the pod's token and the cluster's {@code ca.crt} are
 */
public record PodAccount(
    @Variable(
            name = "KUBERNETES_SERVICE_HOST",
            help = "the API server, as the kubelet tells it to every pod; empty outside a cluster")
        String host,
    @Variable(
            name = "KUBERNETES_SERVICE_PORT",
            fallback = "443",
            help = "the API server's port, as the kubelet tells it to every pod")
        int port,
    @Variable(
            name = "PATCHBAY_SERVICE_ACCOUNT",
            fallback = "/var/run/secrets/kubernetes.io/serviceaccount",
            help = "where the kubelet puts this pod's token and the cluster's ca.crt")
        Path folder) {

  /** Why there is no API server to talk to, in words; empty when there is one. */
  public String obstacle() {
    if (host.isEmpty()) {
      return "this is no cluster, KUBERNETES_SERVICE_HOST is empty";
    }
    return Files.isReadable(token())
        ? ""
        : "there is no " + token() + ": does the pod have a service account?";
  }

  /**
   * The pod's namespace. Throws {@link Failure} of kind UNAVAILABLE when the kubelet has not told.
   */
  public String namespace() {
    Path file = folder.resolve("namespace");
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "cannot read " + file + ": " + Failure.text(e), e);
    }
  }

  Path token() {
    return folder.resolve("token");
  }

  Path authority() {
    return folder.resolve("ca.crt");
  }
}
