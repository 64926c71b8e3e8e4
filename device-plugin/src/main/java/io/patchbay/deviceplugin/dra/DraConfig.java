package io.patchbay.deviceplugin.dra;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Failure;
import io.patchbay.kubernetes.ApiClient;
import io.patchbay.kubernetes.PodAccount;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** What the driver for resource claims is told by its environment. */
public record DraConfig(
    @Variable(
            name = "PATCHBAY_DRA_DRIVER",
            help =
                "offers the VFs to resource claims (DRA), too, as this driver: sriov.example.com")
        Optional<String> driver,
    @Variable(
            name = "PATCHBAY_DRA_PLUGINS_PATH",
            fallback = "/var/lib/kubelet/plugins/",
            help = "where the driver for resource claims has a folder with its socket")
        Path pluginsPath,
    @Variable(
            name = "NODE_NAME",
            help = "this node's name in the cluster; needed for resource claims only")
        String nodeName,
    PodAccount account) {
  /** Of a driver (contracts/kubelet.md section 8.1): a DNS subdomain of 63 characters at most. */
  private static final Pattern NAME =
      Pattern.compile(
          "(?=.{1,63}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*");

  /** Throws {@link Failure} INVALID for a driver that no cluster would have. */
  public DraConfig {
    driver = driver.filter(name -> !name.isBlank());
    if (driver.isPresent()) {
      String name = driver.get();
      if (!NAME.matcher(name).matches()) {
        throw invalid("'" + name + "' is not a DNS name of at most 63 lower case characters");
      }
      if (nodeName.isBlank()) {
        throw invalid("claims are for VFs of a node: set NODE_NAME");
      }
    }
  }

  private static Failure invalid(String why) {
    return new Failure(Failure.Kind.INVALID, "PATCHBAY_DRA_DRIVER: " + why);
  }

  /** The cluster that this process is a pod of. Throws {@link Failure} INVALID outside of one. */
  public Cluster cluster() {
    String obstacle = account.obstacle();
    if (!obstacle.isEmpty()) {
      throw invalid("claims are at the API server, but " + obstacle);
    }
    return new KubernetesCluster(ApiClient.connect(account));
  }
}
