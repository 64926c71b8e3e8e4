package io.patchbay.hwsim.kubelet;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.google.protobuf.InvalidProtocolBufferException;
import io.patchbay.api.deviceplugin.ContainerAllocateResponse;
import io.patchbay.base.Failure;
import io.patchbay.base.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a kubelet still knows after a restart, in the file and the JSON shape of
 * contracts/kubelet.md section 4: allocations, and which ids were registered. The checksum is a
 * CRC-32 of the data as written; a file that does not match it is dropped, as a kubelet does.
 */
record Checkpoint(List<Allocation> allocations, Map<String, List<String>> registered) {
  static final String FILE = "kubelet_internal_checkpoint";

  private static final Logger log = LoggerFactory.getLogger(Checkpoint.class);
  private static final Checkpoint NONE = new Checkpoint(List.of(), Map.of());

  private record Document(
      @JsonProperty("Data") Data data, @JsonProperty("Checksum") long checksum) {}

  private record Data(
      @JsonProperty("PodDeviceEntries") List<Entry> entries,
      @JsonProperty("RegisteredDevices") Map<String, List<String>> registered) {}

  private record Entry(
      @JsonProperty("PodUID") String podUid,
      @JsonProperty("ContainerName") String container,
      @JsonProperty("ResourceName") String resource,
      @JsonProperty("DeviceIDs") Map<String, List<String>> ids,
      @JsonProperty("AllocResp") String response) {
    static Entry of(Allocation allocation) {
      Map<String, List<String>> ids = new TreeMap<>();
      allocation.idsByNumaNode().forEach((node, list) -> ids.put(Long.toString(node), list));
      return new Entry(
          allocation.podUid(),
          allocation.container(),
          allocation.resource(),
          ids,
          Base64.getEncoder().encodeToString(allocation.response().toByteArray()));
    }

    Allocation allocation() throws InvalidProtocolBufferException {
      return new Allocation(
          podUid,
          container,
          resource,
          ids.entrySet().stream()
              .collect(Collectors.toMap(e -> Long.valueOf(e.getKey()), Map.Entry::getValue)),
          ContainerAllocateResponse.parseFrom(Base64.getDecoder().decode(response)));
    }
  }

  Checkpoint {
    allocations = List.copyOf(allocations);
    registered = Map.copyOf(registered);
  }

  /** Reads the file of a folder; nothing is known if it is absent or damaged. */
  static Checkpoint read(Path folder) {
    Path file = folder.resolve(FILE);
    try {
      if (!Files.exists(file)) {
        return NONE;
      }
      Document document = Json.read(Files.readString(file), Document.class);
      if (document.checksum() != checksum(document.data())) {
        log.warn("{}: the checksum does not match; starting without it", file);
        return NONE;
      }
      List<Allocation> allocations = new ArrayList<>();
      for (Entry entry : document.data().entries()) {
        allocations.add(entry.allocation());
      }
      return new Checkpoint(allocations, document.data().registered());
    } catch (IOException | Failure | IllegalArgumentException e) {
      log.warn("{}: {}; starting without it", file, Failure.text(e));
      return NONE;
    }
  }

  /** Replaces the file of a folder. */
  void write(Path folder) {
    Data data = new Data(allocations.stream().map(Entry::of).toList(), new TreeMap<>(registered));
    Path next = folder.resolve("." + FILE);
    try {
      Files.writeString(next, Json.write(new Document(data, checksum(data))));
      Files.move(
          next,
          folder.resolve(FILE),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the checkpoint in " + folder, e);
    }
  }

  private static long checksum(Data data) {
    CRC32 crc = new CRC32();
    crc.update(Json.write(data).getBytes(StandardCharsets.UTF_8));
    return crc.getValue();
  }
}
