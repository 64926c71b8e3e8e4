package io.patchbay.systemtest;

import io.patchbay.base.Environment;
import io.patchbay.base.Time;
import io.patchbay.linux.NetworkNamespace;
import io.patchbay.sriovmanager.SriovManager;
import io.patchbay.sriovmanager.SriovManagerConfig;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * sriov-manager as a process of its own, without an identity; it runs until it is killed. Its VFs
 * are at home in the namespace behind the path that it is given, else in its own.
 */
final class ManagerProcess {
  private ManagerProcess() {}

  public static void main(String[] arguments) throws InterruptedException {
    var config = Environment.read(SriovManagerConfig.class, System.getenv());
    NetworkNamespace home =
        arguments.length > 0 ? NetworkNamespace.of(Path.of(arguments[0])) : NetworkNamespace.own();
    try (SriovManager manager = SriovManager.start(config, home, Time.system())) {
      System.out.println(manager + " runs");
      new CountDownLatch(1).await();
    }
  }
}
