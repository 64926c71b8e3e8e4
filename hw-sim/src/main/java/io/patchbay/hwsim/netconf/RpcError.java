package io.patchbay.hwsim.netconf;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One rpc-error of a reply (RFC 6241 section 4.3 and appendix A).
 *
 * @param layer the part of NETCONF that says no
 * @param tag what sort of no
 * @param message for people
 * @param path where in the data, {@link InstancePath#ROOT} for nowhere
 * @param appTag a name of the device's own for it, empty for none
 * @param details what error-info holds
 */
public record RpcError(
    Layer layer, Tag tag, String message, InstancePath path, String appTag, List<Detail> details) {
  /** The layers of NETCONF. */
  public enum Layer {
    RPC,
    PROTOCOL,
    APPLICATION
  }

  /** The sorts of error, named as on the wire with underscores for dashes. */
  public enum Tag {
    IN_USE,
    INVALID_VALUE,
    TOO_BIG,
    MISSING_ATTRIBUTE,
    BAD_ATTRIBUTE,
    MISSING_ELEMENT,
    BAD_ELEMENT,
    UNKNOWN_ELEMENT,
    UNKNOWN_NAMESPACE,
    LOCK_DENIED,
    DATA_EXISTS,
    DATA_MISSING,
    OPERATION_NOT_SUPPORTED,
    OPERATION_FAILED,
    MALFORMED_MESSAGE;

    /** The name on the wire. */
    public String wireName() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** One element of error-info, such as bad-element or session-id. */
  public record Detail(String name, String value) {}

  public RpcError {
    details = List.copyOf(details);
  }

  /** An error in the rpc itself or in the protocol, about no node. */
  public static RpcError of(Layer layer, Tag tag, String message) {
    return new RpcError(layer, tag, message, InstancePath.ROOT, "", List.of());
  }

  /** An error about a node of the data. */
  public static RpcError at(InstancePath path, Tag tag, String message) {
    return new RpcError(Layer.APPLICATION, tag, message, path, "", List.of());
  }

  /** The same with one more element in error-info. */
  public RpcError with(String detail, String value) {
    List<Detail> more = new ArrayList<>(details);
    more.add(new Detail(detail, value));
    return new RpcError(layer, tag, message, path, appTag, more);
  }

  /** The same with the device's own name for it. */
  public RpcError tagged(String name) {
    return new RpcError(layer, tag, message, path, name, details);
  }

  /** This as an exception. */
  public Refusal refusal() {
    return new Refusal(List.of(this));
  }

  Optional<InstancePath> place() {
    return path.steps().isEmpty() ? Optional.empty() : Optional.of(path);
  }

  /** The server says no to an operation; the reply holds all the errors, and there is one. */
  public static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<RpcError> errors;

    Refusal(List<RpcError> errors) {
      super(errors.getFirst().tag().wireName() + ": " + errors.getFirst().message());
      this.errors = List.copyOf(errors);
    }

    /** What the reply says. */
    public List<RpcError> errors() {
      return errors;
    }
  }
}
