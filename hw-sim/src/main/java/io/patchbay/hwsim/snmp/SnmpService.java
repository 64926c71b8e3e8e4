package io.patchbay.hwsim.snmp;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.patchbay.base.Failure;
import io.patchbay.hwsim.netconf.Data;
import io.patchbay.hwsim.netconf.Datastores;
import io.patchbay.hwsim.netconf.Device;
import io.patchbay.hwsim.netconf.RpcError;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.snmp4j.PDU;
import org.snmp4j.smi.Integer32;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.Variable;
import org.snmp4j.smi.VariableBinding;

/**
 * A switch as its MIBs have it, over the same running configuration as its NETCONF server: one SET
 * is one edit of it. What OpenConfig has no words for is kept as long as the service is: forbidden
 * ports, and a PVID that does nothing. Safe for all threads.
 */
public final class SnmpService {
  private final Device device;
  private final Datastores stores;
  private final PortMap numbers;

  @GuardedBy("this")
  private int serial = 1;

  @GuardedBy("this")
  private Bridge.Kept kept = Bridge.Kept.NOTHING;

  /**
   * @param ports the switch's, in the order of their interface numbers
   */
  public SnmpService(Device device, Datastores stores, List<String> ports) {
    this.device = device;
    this.stores = stores;
    this.numbers = new PortMap(ports);
  }

  /** All that can be read now. */
  synchronized NavigableMap<OID, Variable> view() {
    Data running = stores.content(Datastores.Name.RUNNING);
    Bridge bridge = Bridge.of(running, numbers, kept);
    kept = bridge.kept(running);
    return MibView.of(device.withState(running), bridge, numbers, serial);
  }

  /** Has somebody told by itself of what changes, until what is returned is closed. */
  Notifier notifies(Notifier.Told told) {
    return new Notifier(device, stores, this::view, told);
  }

  /** Somebody else counts the serial number. */
  synchronized void takeSerial() {
    serial = serial == Integer.MAX_VALUE ? 0 : serial + 1;
  }

  /** Sets all of it, or throws {@link SetRefused}. */
  synchronized void set(List<VariableBinding> variables) {
    List<VariableBinding> edits =
        variables.stream().filter(each -> !each.getOid().equals(Mib.SET_SERIAL_NO)).toList();
    for (int i = 0; i < variables.size(); i++) {
      if (variables.get(i).getOid().equals(Mib.SET_SERIAL_NO)) {
        checkSerial(i, variables.get(i).getVariable());
      }
    }
    if (!edits.isEmpty()) {
      write(variables, edits);
    }
    if (edits.size() < variables.size()) {
      takeSerial();
    }
  }

  @GuardedBy("this")
  private void checkSerial(int index, Variable value) {
    if (!(value instanceof Integer32)) {
      throw new SetRefused(PDU.wrongType, index, "not an integer");
    }
    if (value.toInt() != serial) {
      throw new SetRefused(PDU.inconsistentValue, index, "the serial number is " + serial);
    }
  }

  @GuardedBy("this")
  private void write(List<VariableBinding> variables, List<VariableBinding> edits) {
    Bridge.Kept last = kept;
    AtomicReference<Bridge.Kept> next = new AtomicReference<>(last);
    try {
      stores.write(
          running -> {
            BridgeEdit edit = new BridgeEdit(running, Bridge.of(running, numbers, last), numbers);
            Data made = edit.made(edits);
            next.set(edit.bridge().kept(made));
            return made;
          },
          Datastores.Commit.LASTING);
    } catch (SetRefused e) {
      int index = variables.indexOf(edits.get(e.index()));
      throw new SetRefused(e.status(), index, Failure.text(e));
    } catch (RpcError.Refusal e) {
      int status =
          switch (e.errors().getFirst().tag()) {
            case IN_USE, LOCK_DENIED -> PDU.resourceUnavailable;
            default -> PDU.inconsistentValue;
          };
      throw new SetRefused(status, 0, Failure.text(e));
    }
    kept = Objects.requireNonNull(next.get());
  }
}
