package io.patchbay.mesh;

import com.google.protobuf.InvalidProtocolBufferException;
import io.patchbay.api.connection.Connection;
import io.patchbay.api.connection.Mechanism;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A session as the journal has it.
 *
 * @param connection the connection as last agreed, or as it arrived; protobuf bytes
 * @param preferences the mechanisms asked for; protobuf bytes
 * @param requester on whose behalf it is; absent in journals of versions that did not ask
 * @param agreed whether a request has ever succeeded
 * @param things what is held, newest first
 */
record SavedSession(
    byte[] connection,
    List<byte[]> preferences,
    @Nullable Requester requester,
    boolean agreed,
    List<Thing> things) {
  SavedSession {
    preferences = List.copyOf(preferences);
    things = List.copyOf(things);
  }

  /**
   * One thing held.
   *
   * @param json its value
   * @param taken false between intent and completion
   */
  record Thing(String name, String json, boolean taken) {
    /** A value that is still text was read from the journal and not yet asked for. */
    static Thing of(String name, Object value, boolean taken) {
      return new Thing(name, value instanceof String text ? text : Json.write(value), taken);
    }
  }

  static SavedSession of(
      Connection connection,
      List<Mechanism> preferences,
      Requester requester,
      boolean agreed,
      List<Thing> things) {
    List<byte[]> bytes = preferences.stream().map(Mechanism::toByteArray).toList();
    return new SavedSession(connection.toByteArray(), bytes, requester, agreed, things);
  }

  Requester knownRequester() {
    return requester == null ? Requester.of(parsedConnection()) : requester;
  }

  Connection parsedConnection() {
    try {
      return Connection.parseFrom(connection);
    } catch (InvalidProtocolBufferException e) {
      throw damaged(e);
    }
  }

  List<Mechanism> parsedPreferences() {
    return preferences.stream().map(SavedSession::mechanism).toList();
  }

  private static Mechanism mechanism(byte[] bytes) {
    try {
      return Mechanism.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw damaged(e);
    }
  }

  private static Failure damaged(InvalidProtocolBufferException e) {
    return new Failure(Failure.Kind.INTERNAL, "the session journal holds no connection", e);
  }
}
