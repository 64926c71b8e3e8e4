package io.patchbay.bench;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;

/**
 * What this process really spent on identity, as the JVM itself has recorded it: resumed handshakes
 * too, and signatures wherever they were made.
 *
 * @param handshakes TLS handshakes that ended, each side's own
 * @param signed tokens that were signed
 * @param verified signatures of tokens that were verified
 */
record CryptoCount(long handshakes, long signed, long verified) {
  private static final String HANDSHAKE = "jdk.TLSHandshake";

  /** Counts the calls of chosen methods (JEP 520). */
  private static final String CALLS = "jdk.MethodTiming";

  private static final String SIGN = "com.nimbusds.jose.crypto.ECDSASigner::sign";
  private static final String VERIFY = "com.nimbusds.jose.crypto.ECDSAVerifier::verify";

  /**
   * Does something, and counts meanwhile.
   *
   * @param folder for what the JVM writes
   */
  static CryptoCount during(Path folder, Runnable work) {
    try (Recording recording = new Recording()) {
      recording.enable(HANDSHAKE).withoutStackTrace();
      recording.enable(CALLS).with("filter", SIGN + ";" + VERIFY).with("period", "endChunk");
      recording.start();
      work.run();
      recording.stop();
      Path file = Files.createTempFile(folder, "crypto", ".jfr");
      recording.dump(file);
      return of(RecordingFile.readAllEvents(file));
    } catch (IOException e) {
      throw new Failure(Failure.Kind.UNAVAILABLE, folder + ": " + Failure.text(e), e);
    }
  }

  private static CryptoCount of(List<RecordedEvent> events) {
    long handshakes = 0;
    Map<String, Long> calls = new HashMap<>();
    for (RecordedEvent event : events) {
      switch (event.getEventType().getName()) {
        case HANDSHAKE -> handshakes++;
        case CALLS -> calls.merge(method(event), event.getLong("invocations"), Long::sum);
        default -> {}
      }
    }
    return new CryptoCount(
        handshakes, calls.getOrDefault(SIGN, 0L), calls.getOrDefault(VERIFY, 0L));
  }

  private static String method(RecordedEvent event) {
    RecordedMethod method = event.getValue("method");
    return method.getType().getName() + "::" + method.getName();
  }
}
