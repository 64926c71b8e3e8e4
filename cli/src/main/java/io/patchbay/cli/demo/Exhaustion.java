package io.patchbay.cli.demo;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Pods take every VF that is left; nobody gets one that another has. */
final class Exhaustion {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Hardware hardware;
  private final Pods pods;
  private final Report report;

  Exhaustion(Hardware hardware, Pods pods, Report report) {
    this.hardware = hardware;
    this.pods = pods;
    this.report = report;
  }

  void run(Progress progress) {
    progress.step("pods take every remaining VF", this::take);
  }

  private String take() {
    Set<String> held = new TreeSet<>(pods.devices("cnf-1"));
    int hundred = hardware.vfs("node-1").size() - held.size();
    List<String> names = new ArrayList<>();
    names.addAll(fill("example.com/100g", hundred));
    names.addAll(fill("example.com/10g", hardware.vfs("node-2").size()));
    Set<String> taken = new TreeSet<>();
    for (String name : names) {
      String node = pods.awaitRunning(name).node();
      for (String device : pods.devices(name)) {
        See.that(
            taken.add(node + " " + device), "a VF of its own for " + name, node + " " + device);
        See.that(!held.contains(device) || node.equals("node-2"), "no VF that cnf-1 has", device);
      }
    }
    See.equal(names.size(), taken.size(), "VFs taken");
    See.becomes(
        0,
        () -> hardware.allocatable("node-1").getOrDefault("lab.example.org/100g", 0),
        "lab.example.org/100g allocatable",
        SOON);
    report.put("exhausted", true);
    return names.size() + " pods, " + taken.size() + " different VFs; lab.example.org/100g is 0";
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
