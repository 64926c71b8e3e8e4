package io.patchbay.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class RehearseCommandTest {
  /** The launcher would only say that there is no note, and each daemon start as slowly as ever. */
  @Test
  void comesToItsEnd() throws IOException {
    assertEquals(0, new RehearseCommand().call());
  }
}
