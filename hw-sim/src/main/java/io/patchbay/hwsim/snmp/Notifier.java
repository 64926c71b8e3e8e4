package io.patchbay.hwsim.snmp;

import io.patchbay.base.Stack;
import io.patchbay.hwsim.netconf.Datastores;
import io.patchbay.hwsim.netconf.Device;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.snmp4j.mp.SnmpConstants;
import org.snmp4j.smi.Integer32;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.Variable;
import org.snmp4j.smi.VariableBinding;

/**
 * Notices what an agent tells by itself: links that are lost or back (RFC 2863), and, in the words
 * of a vendor, that somebody has configured something. Safe for all threads.
 */
final class Notifier implements AutoCloseable {
  /** ciscoConfigManEvent: one of those that real switches send, and no standard has. */
  static final OID CONFIGURED = new OID("1.3.6.1.4.1.9.9.43.2.0.1");

  private static final OID OPER_STATUS = Mib.column(Mib.IF_TABLE, 8);
  private static final int UP = 1;
  private static final int QUEUED_MOST = 100;

  private final Supplier<NavigableMap<OID, Variable>> view;
  private final Told told;

  /** Whoever changes a link, or the configuration, holds locks of its own. */
  private final ExecutorService looks =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(QUEUED_MOST),
          new ThreadPoolExecutor.DiscardPolicy());

  private final Stack watched = new Stack();

  /** As it was at the last look; only there. */
  private NavigableMap<OID, Variable> last;

  /** Who is told. */
  interface Told {
    void tell(OID kind, List<VariableBinding> objects);
  }

  /** Begins at once. */
  Notifier(
      Device device, Datastores stores, Supplier<NavigableMap<OID, Variable>> view, Told told) {
    this.view = view;
    this.told = told;
    this.last = statuses();
    watched.push(looks::shutdown);
    watched.push(device.watchLinks(() -> looks.execute(this::links))::run);
    watched.push(
        stores.watch(change -> looks.execute(() -> told.tell(CONFIGURED, List.of())))::run);
  }

  private NavigableMap<OID, Variable> statuses() {
    NavigableMap<OID, Variable> all = view.get();
    return new TreeMap<>(all.subMap(OPER_STATUS, OPER_STATUS.nextPeer()));
  }

  private void links() {
    NavigableMap<OID, Variable> now = statuses();
    now.forEach((oid, status) -> {
      if (!status.equals(last.get(oid))) {
        told.tell(
            status.toInt() == UP ? SnmpConstants.linkUp : SnmpConstants.linkDown,
            about(oid.last(), status));
      }
    });
    last = now;
  }

  /** As RFC 2863 has it: ifIndex, ifAdminStatus and ifOperStatus. */
  private List<VariableBinding> about(int ifIndex, Variable status) {
    OID admin = new OID(Mib.IF_ADMIN_STATUS).append(ifIndex);
    return List.of(
        new VariableBinding(Mib.column(Mib.IF_TABLE, 1).append(ifIndex), new Integer32(ifIndex)),
        new VariableBinding(admin, view.get().getOrDefault(admin, new Integer32(UP))),
        new VariableBinding(new OID(OPER_STATUS).append(ifIndex), status));
  }

  @Override
  public void close() {
    watched.close();
  }
}
