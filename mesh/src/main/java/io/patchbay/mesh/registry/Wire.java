package io.patchbay.mesh.registry;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;

/**
 * How one kind of entry is spoken of on the wire. The queries and responses of both kinds are alike
 * field by field (contracts/nsm.md 1.5): the entry is number 1, and number 2 says whether the query
 * goes on, or whether the entry has gone.
 *
 * @param noQuery the empty query
 * @param noResponse the empty response
 */
public record Wire<T extends Message, Q extends Message, R extends Message>(
    ServiceDescriptor service,
    MethodDescriptor<T, T> register,
    MethodDescriptor<Q, R> find,
    MethodDescriptor<T, Empty> unregister,
    Q noQuery,
    R noResponse) {

  Q query(T wanted, boolean watch) {
    return filled(noQuery, wanted, watch);
  }

  R response(T entry, boolean deleted) {
    return filled(noResponse, entry, deleted);
  }

  @SuppressWarnings("unchecked") // field 1 of both messages is the kind's own
  T entry(Message queryOrResponse) {
    return (T) queryOrResponse.getField(field(queryOrResponse, 1));
  }

  boolean flag(Message queryOrResponse) {
    return (boolean) queryOrResponse.getField(field(queryOrResponse, 2));
  }

  @SuppressWarnings("unchecked") // a message's builder builds that message
  private static <M extends Message> M filled(M empty, Message entry, boolean flag) {
    return (M)
        empty
            .newBuilderForType()
            .setField(field(empty, 1), entry)
            .setField(field(empty, 2), flag)
            .build();
  }

  private static FieldDescriptor field(Message message, int number) {
    return message.getDescriptorForType().findFieldByNumber(number);
  }
}
