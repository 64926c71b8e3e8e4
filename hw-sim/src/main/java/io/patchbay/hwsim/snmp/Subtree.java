package io.patchbay.hwsim.snmp;

import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;
import org.snmp4j.agent.DefaultMOScope;
import org.snmp4j.agent.MOScope;
import org.snmp4j.agent.mo.GenericManagedObject;
import org.snmp4j.agent.request.Request;
import org.snmp4j.agent.request.SubRequest;
import org.snmp4j.smi.Null;
import org.snmp4j.smi.OID;
import org.snmp4j.smi.Variable;

/**
 * A part of the MIB towards the library's agent, which asks for one variable after the other; what
 * belongs to one request is answered from one view, and set at once when the first is committed.
 * Used by the agent's one thread.
 */
final class Subtree implements GenericManagedObject {
  private final OID root;
  private final Requests requests;

  /** What the parts of a MIB share: the request at hand. */
  static final class Requests {
    private final SnmpService service;
    private final Setter setter;
    private @Nullable Request<?, ?, ?> viewed;
    private NavigableMap<OID, Variable> view;
    private @Nullable Request<?, ?, ?> made;

    /** Sets the variables of a request. */
    @FunctionalInterface
    interface Setter {
      void set(Request<?, ?, ?> request);
    }

    Requests(SnmpService service, Setter setter) {
      this.service = service;
      this.setter = setter;
      this.view = service.view();
    }

    private NavigableMap<OID, Variable> view(@Nullable Request<?, ?, ?> request) {
      if (request == null || viewed != request) {
        view = service.view();
        viewed = request;
      }
      return view;
    }

    private void make(Request<?, ?, ?> request) {
      if (made != request) {
        made = request;
        setter.set(request);
      }
    }
  }

  Subtree(OID root, Requests requests) {
    this.root = root;
    this.requests = requests;
  }

  @Override
  public MOScope getScope() {
    return new DefaultMOScope(root, true, root.nextPeer(), false);
  }

  @Override
  public @Nullable OID find(MOScope range) {
    return next(range, requests.view(null)) instanceof Map.Entry<OID, Variable> found
        ? found.getKey()
        : null;
  }

  private Map.@Nullable Entry<OID, Variable> next(MOScope range, NavigableMap<OID, Variable> view) {
    OID lower = range.getLowerBound().compareTo(root) < 0 ? root : range.getLowerBound();
    Map.Entry<OID, Variable> found =
        range.isLowerIncluded() ? view.ceilingEntry(lower) : view.higherEntry(lower);
    return found != null && found.getKey().startsWith(root) && range.covers(found.getKey())
        ? found
        : null;
  }

  @Override
  public void get(SubRequest<?> asked) {
    Variable value = requests.view(asked.getRequest()).get(asked.getVariableBinding().getOid());
    asked.getVariableBinding().setVariable(value == null ? Null.noSuchInstance : value);
    asked.completed();
  }

  @Override
  public boolean next(SubRequest<?> asked) {
    Map.Entry<OID, Variable> found = next(asked.getScope(), requests.view(asked.getRequest()));
    if (found == null) {
      return false;
    }
    asked.getVariableBinding().setOid(found.getKey());
    asked.getVariableBinding().setVariable(found.getValue());
    asked.completed();
    return true;
  }

  @Override
  public void prepare(SubRequest<?> asked) {
    asked.completed();
  }

  @Override
  public void commit(SubRequest<?> asked) {
    try {
      requests.make(asked.getRequest());
      asked.completed();
    } catch (SetRefused e) {
      asked.getRequest().get(e.index()).getStatus().setErrorStatus(e.status());
      asked.getRequest().setErrorStatus(e.status());
    }
  }

  @Override
  public void undo(SubRequest<?> asked) {
    asked.completed(); // all of it is set at once, or nothing
  }

  @Override
  public void cleanup(SubRequest<?> asked) {
    asked.completed();
  }
}
