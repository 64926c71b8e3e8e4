package io.patchbay.hwsim.kubelet;

import io.grpc.BindableService;
import io.patchbay.base.Failure;
import io.patchbay.base.Stack;
import io.patchbay.base.Time;
import io.patchbay.base.Url;
import io.patchbay.sockets.GrpcServer;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/**
 * The kubelet of one node, as far as devices go: the sockets of its folder, and behind them a
 * {@link NodeDevices} that forgets all but its checkpoint at each {@link #restart}. Safe for all
 * threads.
 *
 * <pre>{@code
 * try (Kubelet kubelet = Kubelet.start(settings, pods, Time.system())) {
 *   kubelet.devices().admit(pod);
 * }
 * }</pre>
 */
public final class Kubelet implements AutoCloseable {
  /** The folder below the kubelet's that device plugins share with it. */
  public static final String DEVICE_PLUGINS = "device-plugins";

  /** How the kubelet names a plugin when it dials: contracts/kubelet.md 2.1 step 4. */
  public enum Authority {
    /** Today's kubelets. */
    LOCALHOST,
    /** Older ones: the plugin's raw socket path. */
    SOCKET_PATH;

    String text(Path socket) {
      return this == LOCALHOST ? "localhost" : socket.toString();
    }
  }

  /** Where the kubelet lives, {@code /var/lib/kubelet} to those on the node, and how it dials. */
  public record Settings(Path folder, Authority authority) {}

  /** From one start to the next. */
  private record Life(NodeDevices devices, Stack opened) {}

  private final Settings settings;
  private final ActivePods pods;
  private final Time time;
  private volatile Life life;

  private Kubelet(Settings settings, ActivePods pods, Time time) {
    this.settings = settings;
    this.pods = pods;
    this.time = time;
    this.life = begin();
  }

  /**
   * Starts a kubelet. Throws {@link Failure} of kind UNAVAILABLE when it cannot have its folder.
   */
  public static Kubelet start(Settings settings, ActivePods pods, Time time) {
    return new Kubelet(settings, pods, time);
  }

  /** Who hands out the node's devices; another one after each restart. */
  public NodeDevices devices() {
    return life.devices();
  }

  /**
   * Ends and starts again, as in an upgrade: every socket in the plugins' folder is deleted, and
   * plugins have to register again. Pods keep running.
   */
  public synchronized void restart() {
    close();
    life = begin();
  }

  private Life begin() {
    deleteSockets(settings.folder().resolve(DEVICE_PLUGINS));
    return Stack.building(opened -> {
      NodeDevices devices = opened.push(new NodeDevices(settings, pods, time));
      opened.push(serve("pod-resources", new PodResourcesService(devices, pods)));
      opened.push(serve(DEVICE_PLUGINS, new RegistrationService(devices)));
      return new Life(devices, opened);
    });
  }

  private GrpcServer serve(String folder, BindableService service) {
    Path socket = settings.folder().resolve(folder).resolve("kubelet.sock");
    return GrpcServer.start(List.of(new Url("unix", socket.toString())), List.of(service));
  }

  private static void deleteSockets(Path folder) {
    try {
      Files.createDirectories(folder);
      try (DirectoryStream<Path> sockets = Files.newDirectoryStream(folder, Kubelet::isSocket)) {
        for (Path socket : sockets) {
          var unused = Files.deleteIfExists(socket);
        }
      }
    } catch (IOException e) {
      throw new Failure(
          Failure.Kind.UNAVAILABLE, "kubelet: cannot clear " + folder + ": " + Failure.text(e), e);
    }
  }

  /** What is neither file, folder nor link: nobody makes pipes or devices there. */
  private static boolean isSocket(Path file) throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
          .isOther();
    } catch (NoSuchFileException gone) {
      return false; // a checkpoint that is being replaced
    }
  }

  @Override
  public synchronized void close() {
    life.opened().close();
  }
}
