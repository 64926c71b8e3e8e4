package io.patchbay.torshims;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import io.patchbay.torshims.services.ServiceObject;
import io.patchbay.torshims.services.ServiceObject.Verdict;
import io.patchbay.torshims.services.ServiceObjects;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds to the services of the fabric file those that are asked for as objects. One that cannot be
 * right keeps no other away, and says so of itself; if it was right before, it goes on as it was
 * for as long as this process lives: whoever is on it must not pay for a slip. One thread at a
 * time.
 */
final class ObjectServices {
  private static final Logger log = LoggerFactory.getLogger(ObjectServices.class);

  private final ServiceObjects objects;

  /** By name, as it was when it was right last. */
  private final Map<String, FabricService> right = new HashMap<>();

  ObjectServices(ServiceObjects objects) {
    this.objects = objects;
  }

  /**
   * The file's services, then those objects of its domain that can be, the oldest first. Throws
   * {@link Failure} when the objects cannot be read.
   *
   * @param objection why a service can have no VLAN, as far as that is known
   * @param tells whether to write on each object what has become of it
   */
  FabricServices addTo(
      FabricServices file,
      Switches switches,
      Cables cables,
      Function<FabricService, Optional<String>> objection,
      boolean tells) {
    List<ServiceObject> asked =
        objects.list().stream().filter(each -> each.domain().equals(file.domain())).toList();
    right.keySet().retainAll(asked.stream().map(ServiceObject::name).collect(Collectors.toSet()));
    FabricServices all = file;
    for (ServiceObject each : asked) {
      String problem = "";
      try {
        FabricService service = parse(each);
        FabricServices with = all.with(service, switches, cables);
        objection
            .apply(service)
            .ifPresent(why -> {
              throw new Failure(Failure.Kind.CONFLICT, why);
            });
        all = with;
        right.put(each.name(), service);
      } catch (Failure e) {
        problem = Failure.text(e).replaceFirst("^spec:[0-9:]+ ?", ""); // nobody wrote that line
        Optional<FabricServices> still = still(all, each.name(), switches, cables);
        all = still.orElse(all);
        problem += still.isPresent() ? "; it is offered as it was" : "";
      }
      Verdict verdict = new Verdict(each.generation(), problem);
      if (tells && !verdict.equals(each.told())) {
        tell(each, verdict);
      }
    }
    return all;
  }

  private static FabricService parse(ServiceObject object) {
    ObjectNode spec = Json.read(object.spec(), ObjectNode.class).put("name", object.name());
    return Json.parseYaml("spec", spec.toString(), FabricService.class);
  }

  /** With the service as it was when it was right, if that can still be. */
  private Optional<FabricServices> still(
      FabricServices all, String name, Switches switches, Cables cables) {
    try {
      return Optional.ofNullable(right.get(name))
          .map(service -> all.with(service, switches, cables));
    } catch (Failure e) {
      return Optional.empty(); // its switch is gone, or another has its name: that is told above
    }
  }

  /** It is told again with the next look, for it does not say so yet. */
  private void tell(ServiceObject object, Verdict verdict) {
    if (!verdict.problem().isEmpty()) {
      log.warn("FabricService {} is refused: {}", object.name(), verdict.problem());
    }
    try {
      objects.tell(object, verdict);
    } catch (Failure e) {
      log.warn("FabricService {} cannot be told its state: {}", object.name(), Failure.text(e));
    }
  }
}
