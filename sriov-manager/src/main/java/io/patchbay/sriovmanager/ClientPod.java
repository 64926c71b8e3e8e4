package io.patchbay.sriovmanager;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Failure;
import io.patchbay.mesh.Paths;
import io.patchbay.mesh.identity.SpiffeId;
import io.patchbay.mesh.policy.Policies;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The pod that a request is for. */
record ClientPod(String namespace, String name) {
  /** How pods are called (contracts/nsm.md section 3). */
  private static final Pattern POD = Pattern.compile("/ns/([^/]+)/pod/([^/]+)");

  private static final String NAME = "podName";
  private static final String NAMESPACE = "podNamespace";

  /**
   * The pod that the client's identity names. It is believed if the client itself asks, or a hop
   * from our own namespace, such as the node's manager: anybody else could write any token into the
   * path. Labels may say the same or nothing. Throws Failure DENIED.
   *
   * @param own the identity of this process
   */
  static ClientPod proven(Connection connection, SpiffeId own) {
    String client = Paths.client(connection).orElse("");
    String requester = Paths.requester(connection).orElse("");
    Optional<String> ours = of(own.toString(), own).map(ClientPod::namespace);
    boolean beside = ours.isPresent() && of(requester, own).map(ClientPod::namespace).equals(ours);
    boolean honest = requester.equals(client) || beside;
    if (!honest) {
      throw Policies.denied(
          "'" + requester + "' is neither the client '" + client + "' nor of our namespace");
    }
    ClientPod pod =
        of(client, own)
            .orElseThrow(
                () -> Policies.denied("'" + client + "' is no pod of " + own.trustDomain()));
    pod.check(connection, NAME, pod.name);
    pod.check(connection, NAMESPACE, pod.namespace);
    return pod;
  }

  /** What the labels say, where there are no identities. Throws Failure INVALID. */
  static ClientPod labelled(Connection connection) {
    String name = connection.getLabelsOrDefault(NAME, "");
    if (name.isEmpty()) {
      throw new Failure(
          Failure.Kind.INVALID, "the request names neither a tokenID nor its pod (label podName)");
    }
    return new ClientPod(connection.getLabelsOrDefault(NAMESPACE, "default"), name);
  }

  private static Optional<ClientPod> of(String id, SpiffeId own) {
    String domain = "spiffe://" + own.trustDomain();
    if (!id.startsWith(domain + "/")) {
      return Optional.empty();
    }
    Matcher pod = POD.matcher(id.substring(domain.length()));
    return pod.matches()
        ? Optional.of(new ClientPod(pod.group(1), pod.group(2)))
        : Optional.empty();
  }

  private void check(Connection connection, String label, String proven) {
    String said = connection.getLabelsOrDefault(label, "");
    if (!said.isEmpty() && !said.equals(proven)) {
      throw Policies.denied(
          "label %s says '%s', but the client is pod %s/%s"
              .formatted(label, said, namespace, name));
    }
  }
}
