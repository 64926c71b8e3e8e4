package io.patchbay.hwsim.node;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which command each image name of a rack stands for, as its entry point would be. */
record Images(Map<String, List<String>> templates, Words words) {
  Images {
    templates = Map.copyOf(templates);
  }

  /** The image's own words and then {@code arguments}; empty if there is no such image. */
  Optional<List<String>> command(String image, List<String> arguments) {
    return Optional.ofNullable(templates.get(image))
        .map(template -> {
          List<String> command = new ArrayList<>(words.command(template));
          command.addAll(arguments);
          return command;
        });
  }
}
