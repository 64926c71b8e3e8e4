package io.patchbay.hwsim.netconf;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What a NETCONF server needs of the device it runs on. {@code apply} is called by one thread at a
 * time, the others by any.
 */
public interface Device {
  /** The models it speaks, for hello. */
  List<YangModule> modules();

  /** What its NETCONF server offers, always the same. */
  default Set<Capability> capabilities() {
    return Capability.WITH_CANDIDATE;
  }

  /** What it is configured with when it starts; its schema is the schema of all datastores. */
  Data factoryConfig();

  /**
   * Throws {@link RpcError.Refusal} when a configuration, each leaf of which is of its type, makes
   * no sense as a whole.
   */
  void validate(Data config);

  /** Works by this configuration from now on. It has been validated. */
  void apply(Data running);

  /** The running configuration with the state of the device added, for the operation get. */
  Data withState(Data running);

  /**
   * Has a task run, on any thread, when ports have got or lost their link; it must be quick. What
   * is returned ends that.
   */
  default Runnable watchLinks(Runnable changed) {
    return () -> {};
  }

  /** How long the device takes over an operation before it acts, zero if it is quick. */
  default Duration delay(String operation) {
    return Duration.ZERO;
  }

  /** Whether it loses the candidate's edits when it has validated them. */
  default boolean validatesInVain() {
    return false;
  }

  /** Whether it tells by gNMI every so often only, and not when something changes. */
  default boolean onlySamples() {
    return false;
  }
}
