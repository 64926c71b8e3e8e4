package io.patchbay.torshims.lease;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.patchbay.base.Failure;
import io.patchbay.kubernetes.ApiClient;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Records as ConfigMaps beside the Lease: {@code SHIM.intent}, and {@code SHIM.intent.SWITCH} for
 * each switch, or a digest of its name where that is no DNS name. What others write on them is left
 * alone.
 */
final class KubernetesIntents implements IntentStore {
  private static final String ENTRIES = "entries";
  private static final String SHIM = "patchbay.io/shim";
  private static final String SWITCH = "patchbay.io/switch";
  private static final String WRITER = "patchbay.io/writer";
  private static final int NAME_MOST = 253;
  private static final int LABEL_MOST = 63;
  private static final int DIGEST_BYTES = 8;
  private static final Pattern DNS_NAME =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  private record Text(Map<String, String> entries) {}

  private final KubernetesClient client;
  private final String namespace;
  private final String shim;

  /** By place, as they were read or written last: with what others have written on them. */
  private final Map<String, ConfigMap> last = new ConcurrentHashMap<>();

  /**
   * @param client stays the caller's to close
   * @param shim the Lease's name
   */
  KubernetesIntents(KubernetesClient client, String namespace, String shim) {
    this.client = client;
    this.namespace = namespace;
    this.shim = shim;
  }

  /** What the ConfigMap of a place is called. */
  static String name(String shim, String place) {
    String common = shim + ".intent";
    String full = common + "." + place;
    if (place.isEmpty()) {
      return common;
    }
    return full.length() <= NAME_MOST && DNS_NAME.matcher(place).matches()
        ? full
        : common + ".x-" + digest(place);
  }

  private static String digest(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, DIGEST_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public Optional<IntentRecord> read(String place) {
    String name = name(shim, place);
    @Nullable ConfigMap found;
    try {
      found = client.configMaps().inNamespace(namespace).withName(name).get();
    } catch (KubernetesClientException e) {
      throw failed(name, e);
    }
    if (found == null) {
      last.remove(place);
      return Optional.empty();
    }
    last.put(place, found);
    return Optional.of(intents(place, found));
  }

  private Failure failed(String name, KubernetesClientException e) {
    Failure why = ApiClient.failure(e);
    return new Failure(why.kind(), words(name) + ": " + Failure.text(why), why);
  }

  private String words(String name) {
    return "ConfigMap " + name + " in namespace " + namespace;
  }

  private IntentRecord intents(String place, ConfigMap map) {
    String name = map.getMetadata().getName();
    Map<String, String> notes =
        Objects.requireNonNullElse(map.getMetadata().getAnnotations(), Map.of());
    if (!shim.equals(notes.get(SHIM)) || !place.equals(notes.get(SWITCH))) {
      throw new Failure(
          Failure.Kind.CONFLICT,
          "%s is not what shim %s keeps of '%s'; remove it, or give the shim another name"
              .formatted(words(name), shim, place));
    }
    String text = Objects.requireNonNullElse(map.getData(), Map.<String, String>of()).get(ENTRIES);
    return new IntentRecord(
        place,
        map.getMetadata().getResourceVersion(),
        notes.getOrDefault(WRITER, ""),
        text == null ? Map.of() : entries(text, words(name)));
  }

  private static Map<String, String> entries(String text, String words) {
    return StoredText.read(text, Text.class, words, StoredText.RESTORE_OR_REMOVE).entries();
  }

  @Override
  public Optional<IntentRecord> write(IntentRecord intents) {
    String name = name(shim, intents.place());
    ConfigMap map = map(name, intents);
    try {
      ConfigMap written =
          intents.version().isEmpty()
              ? client.resource(map).create()
              : client.resource(map).update();
      last.put(intents.place(), written);
      return Optional.of(intents.at(written.getMetadata().getResourceVersion()));
    } catch (KubernetesClientException e) {
      if (e.getCode() == CONFLICT || e.getCode() == NOT_FOUND) {
        return Optional.empty();
      }
      throw failed(name, e);
    }
  }

  private ConfigMap map(String name, IntentRecord intents) {
    String text = StoredText.of(new Text(intents.sorted()), words(name));
    ConfigMapBuilder builder =
        Optional.ofNullable(last.get(intents.place()))
            .filter(known -> intents.version().equals(known.getMetadata().getResourceVersion()))
            .map(ConfigMapBuilder::new)
            .orElseGet(ConfigMapBuilder::new);
    return builder
        .editOrNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .withResourceVersion(intents.version().isEmpty() ? null : intents.version())
        .addToLabels(SHIM, shim.length() <= LABEL_MOST ? shim : digest(shim))
        .addToAnnotations(SHIM, shim)
        .addToAnnotations(SWITCH, intents.place())
        .addToAnnotations(WRITER, intents.writer())
        .endMetadata()
        .withData(Map.of(ENTRIES, text))
        .build();
  }
}
