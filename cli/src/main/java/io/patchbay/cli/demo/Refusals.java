package io.patchbay.cli.demo;

import io.patchbay.base.Await;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;

/** What cannot be had is refused with its reason, and holds nothing. */
final class Refusals {
  private static final Duration SOON = Duration.ofSeconds(30);

  private static final String CLIENT_SAYS = "patchbay nsc: ";

  private final Layout layout;
  private final Hardware hardware;
  private final Pods pods;
  private final Report report;

  Refusals(Layout layout, Hardware hardware, Pods pods, Report report) {
    this.layout = layout;
    this.hardware = hardware;
    this.pods = pods;
    this.report = report;
  }

  void run(Progress progress) {
    progress.step("a pod that asks for more VFs than are left waits", this::pending);
    progress.step("a service that nobody offers is refused", this::refused);
  }

  private String pending() {
    int all = layout.vfs(layout.second(), Layout.SLOW); // cnf-2 has one of them
    pods.applyText(
        "greedy",
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: greedy}
        spec:
          restartPolicy: Never
          containers:
            - name: app
              image: patchbay/cnf
              resources: {limits: {%s: "%d"}}
        """
            .formatted(Layout.SLOW, all));
    See.that(
        Await.comesTrue(SOON, () -> Demo.isPending(pods.status("greedy"))),
        "greedy Pending with a reason",
        pods.told("greedy"));
    String reason = pods.status("greedy").message();
    See.that(reason.contains("Insufficient " + Layout.SLOW), "the resource in the reason", reason);
    report.put("pending_reason", reason);
    pods.delete("greedy");
    return reason;
  }

  private String refused() {
    Set<String> before = touched();
    pods.applyExample("cnf-lost");
    See.that(
        Await.comesTrue(SOON, () -> pods.clientEnded("cnf-lost").isPresent()),
        "cnf-lost's client to end",
        pods.told("cnf-lost"));
    String reason = pods.clientEnded("cnf-lost").orElseThrow().message().strip();
    int said = reason.lastIndexOf(CLIENT_SAYS);
    See.that(said >= 0, "a last word of the client, after '" + CLIENT_SAYS + "'", reason);
    String last = reason.substring(said + CLIENT_SAYS.length());
    See.that(last.contains("nowhere@example.com"), "the service in the reason", reason);
    See.becomes(before, this::touched, "VFs tagged or moved", SOON);
    report.put("refused_reason", last);
    pods.delete("cnf-lost");
    return last;
  }

  private Set<String> touched() {
    Set<String> addresses = new TreeSet<>();
    hardware.touched().forEach(vf -> addresses.add(vf.node() + " " + vf.address()));
    return addresses;
  }
}
