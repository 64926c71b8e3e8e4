package io.patchbay.torshims;

import static java.util.Objects.requireNonNullElse;

import io.patchbay.base.Failure;
import java.util.Map;

/**
 * Part of the fabric file: which identity speaks for the VFs of which node. Immutable.
 *
 * @param template the SPIFFE ID with <code>{node}</code> for the node's name and <code>
 *     {trustDomain}
 *     </code> for the shim's own trust domain
 * @param nodes the nodes for which another ID speaks
 */
public record NodeIdentities(String template, Map<String, String> nodes) {
  private static final String NODE = "{node}";
  private static final String TRUST_DOMAIN = "{trustDomain}";
  private static final String TEMPLATE =
      "spiffe://" + TRUST_DOMAIN + "/ns/nsm-system/pod/sriov-manager-" + NODE;

  /** As the identities of this project's example are called. */
  static final NodeIdentities USUAL = new NodeIdentities(TEMPLATE, Map.of());

  public NodeIdentities {
    template = requireNonNullElse(template, TEMPLATE);
    nodes = nodes == null ? Map.of() : Map.copyOf(nodes);
    if (!template.contains(NODE)) {
      throw new Failure(
          Failure.Kind.INVALID,
          "template: '" + template + "' has no " + NODE + ", so one ID would speak for all nodes");
    }
  }

  /** Who speaks for a node. */
  String of(String node, String trustDomain) {
    String other = nodes.get(node);
    return other != null ? other : template.replace(TRUST_DOMAIN, trustDomain).replace(NODE, node);
  }
}
