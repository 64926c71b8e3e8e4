package io.patchbay.mesh;

import io.patchbay.api.connection.Connection;
import io.patchbay.base.Time;
import java.time.Duration;
import java.util.List;

/** Connections as they arrive at a hop called {@code here}, for tests of links. */
public final class Connections {
  private Connections() {}

  /** A connection of a client with a token good for ten minutes. */
  public static Connection arrived(String id, Time time) {
    Connection fresh =
        Paths.arrive(Connection.newBuilder().setId(id).setNetworkService("svc").build(), "client");
    Paths.Token token = new Paths.Token("t", time.now().plus(Duration.ofMinutes(10)));
    Connection signed = Paths.withOwnToken(fresh, token);
    Connection arrived = Paths.arrive(signed, "here");
    // The id of this hop, readable in tests.
    return arrived.toBuilder()
        .setId("here-" + id)
        .setPath(
            arrived.getPath().toBuilder()
                .setPathSegments(
                    1, arrived.getPath().getPathSegments(1).toBuilder().setId("here-" + id)))
        .build();
  }

  /** A call with that connection and a minute of patience. */
  public static Call call(String id, Time time) {
    return Call.of(
        arrived(id, time), List.of(), new Cause.Asked(), time.now().plus(Duration.ofMinutes(1)));
  }
}
