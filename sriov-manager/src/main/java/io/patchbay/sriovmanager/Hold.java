package io.patchbay.sriovmanager;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.patchbay.linux.Link;

/**
 * A VF in the service of one connection: where it goes, how it was before, and how far its
 * configuration has come. Written to the ledger before the first change, so that whoever finds it
 * later knows what to undo.
 *
 * @param connection the connection's id at this hop
 * @param namespace the URL of the client's network namespace, or {@link #CONTAINER}; empty for one
 *     of an earlier boot
 * @param interfaceName its name there, at most 15 characters
 * @param home what it is put back to
 * @param step the last step begun or finished
 * @param seat by what it is found there again; ledgers of old do not tell
 * @param cable where its cable ends, as the endpoint said; ledgers of old do not tell
 * @param vlan the VLAN that it is being put on or was put on; 0 for none yet, or in ledgers of old
 */
record Hold(
    String connection,
    String namespace,
    String interfaceName,
    Home home,
    Step step,
    Seat seat,
    Cable cable,
    int vlan) {
  Hold {
    seat = seat == null ? Seat.NONE : seat;
    cable = cable == null ? Cable.UNKNOWN : cable;
  }

  /** Stands for the namespace of a VF that its container drives itself: it is in none. */
  static final String CONTAINER = "vfio";

  /** Serves nobody. */
  static final Hold NONE = wanted("", "", "");

  /** How far it has come; each change is announced before it is made and confirmed after. */
  enum Step {
    SAVED,
    CONFIGURING,
    CONFIGURED,
    TAGGING,
    TAGGED,
    ATTACHING,
    ATTACHED,
    RETURNING
  }

  /**
   * What its container cannot change about an interface whose PCI address the kernel does not show.
   *
   * @param index its index in that namespace; 0 when it was never there
   * @param kind the kernel's word for a virtual link, empty for hardware
   */
  record Seat(int index, String kind) {
    /** Of an interface that was in no pod. */
    static final Seat NONE = new Seat(0, "");

    static Seat of(Link link) {
      return new Seat(link.index(), link.kind());
    }

    boolean fits(Link link) {
      return index == link.index() && kind.equals(link.kind());
    }
  }

  /**
   * The other end of the VF's cable; empty texts when the endpoint does not tell.
   *
   * @param switchName what the fabric calls the switch
   * @param port what the switch calls the port
   */
  record Cable(String switchName, String port) {
    static final Cable UNKNOWN = new Cable("", "");
  }

  /** What a connection asks for, before the VF has been looked at. */
  static Hold wanted(String connection, String namespace, String interfaceName) {
    return new Hold(
        connection,
        namespace,
        interfaceName,
        Home.UNKNOWN,
        Step.SAVED,
        Seat.NONE,
        Cable.UNKNOWN,
        0);
  }

  @JsonIgnore
  boolean present() {
    return !connection.isEmpty();
  }

  /**
   * The same after the machine was started anew: its pod's namespace is gone, and the number of
   * that namespace may be another's by now, as may the interface's.
   */
  Hold afterReboot() {
    return new Hold(connection, "", interfaceName, home, Step.RETURNING, Seat.NONE, cable, vlan);
  }

  /** Whether the machine was started anew since: then it is in no pod. */
  @JsonIgnore
  boolean outlived() {
    return present() && namespace.isEmpty();
  }

  /** Whether it was put into a pod, or that was tried, during this boot of the machine. */
  @JsonIgnore
  boolean wasInPod() {
    return seat.index() != 0;
  }

  Hold at(Step next) {
    return new Hold(connection, namespace, interfaceName, home, next, seat, cable, vlan);
  }

  Hold from(Home before) {
    return new Hold(connection, namespace, interfaceName, before, step, seat, cable, vlan);
  }

  Hold seated(Seat place) {
    return new Hold(connection, namespace, interfaceName, home, step, place, cable, vlan);
  }

  Hold plugged(Cable end, int on) {
    return new Hold(connection, namespace, interfaceName, home, step, seat, end, on);
  }

  /** Whether a VF that its container drives was put on the VLAN of its service, and stays there. */
  @JsonIgnore
  boolean settled() {
    return home.bare() && step == Step.TAGGED;
  }

  /** Whether this is not the VLAN it was put on; where that is not known, whether it is on none. */
  boolean isElsewhere(int now) {
    return vlan == 0 ? now == 0 : now != vlan;
  }
}
