package io.patchbay.cli.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Pods take every VF that is left; nobody gets one that another has. */
final class Exhaustion {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Layout layout;
  private final Hardware hardware;
  private final Pods pods;
  private final Report report;

  Exhaustion(Layout layout, Hardware hardware, Pods pods, Report report) {
    this.layout = layout;
    this.hardware = hardware;
    this.pods = pods;
    this.report = report;
  }

  void run(Progress progress) {
    progress.step("pods take every remaining VF", this::take);
  }

  private String take() {
    Set<String> held = new TreeSet<>();
    pods.devices("cnf-1").forEach(device -> held.add(layout.first() + " " + device));
    List<String> names = new ArrayList<>();
    names.addAll(fill(Layout.FAST, layout.vfs(layout.first(), Layout.FAST) - held.size()));
    names.addAll(fill(Layout.SLOW, layout.vfs(layout.second(), Layout.SLOW)));
    Set<String> taken = new TreeSet<>();
    for (String name : names) {
      String node = pods.awaitRunning(name).node();
      for (String device : pods.devices(name)) {
        String vf = node + " " + device;
        See.that(taken.add(vf), "a VF of its own for " + name, vf);
        See.that(!held.contains(vf), "no VF that cnf-1 has", vf);
      }
    }
    See.equal(names.size(), taken.size(), "VFs taken");
    See.becomes(
        0,
        () -> hardware.allocatable(layout.first()).getOrDefault(Layout.ALIAS, 0),
        Layout.ALIAS + " allocatable",
        SOON);
    report.put("exhausted", true);
    return names.size() + " pods, " + taken.size() + " different VFs; " + Layout.ALIAS + " is 0";
  }

  private List<String> fill(String resource, int count) {
    List<String> names = new ArrayList<>();
    String speed = resource.substring(resource.indexOf('/') + 1);
    for (int i = 1; i <= count; i++) {
      String name = "fill-" + speed + "-" + i;
      pods.applyText(
          name,
          """
          apiVersion: v1
          kind: Pod
          metadata: {name: %s}
          spec:
            restartPolicy: Never
            containers:
              - name: app
                image: patchbay/cnf
                resources: {limits: {%s: "1"}}
          """
              .formatted(name, resource));
      names.add(name);
    }
    return names;
  }
}
