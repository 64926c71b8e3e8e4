package io.patchbay.hwsim.netconf;

import io.patchbay.base.Failure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A NETCONF session on an SSH channel. The SSH server hands in the streams, then starts and
 * destroys it on its own threads; the session runs on a platform thread that this owns.
 */
final class SessionChannel implements Command {
  private static final Logger LOG = LoggerFactory.getLogger(SessionChannel.class);

  private final Device device;
  private final Operations operations;
  private final EventStream events;
  private final Sessions sessions;
  private InputStream in = InputStream.nullInputStream();
  private OutputStream out = OutputStream.nullOutputStream();
  private ExitCallback exit = (value, message, immediately) -> {};
  private volatile Runnable end = () -> {};

  SessionChannel(Device device, Operations operations, EventStream events, Sessions sessions) {
    this.device = device;
    this.operations = operations;
    this.events = events;
    this.sessions = sessions;
  }

  @Override
  public void setInputStream(InputStream in) {
    this.in = in;
  }

  @Override
  public void setOutputStream(OutputStream out) {
    this.out = out;
  }

  @Override
  public void setErrorStream(OutputStream err) {}

  @Override
  public void setExitCallback(ExitCallback callback) {
    this.exit = callback;
  }

  @Override
  public void start(ChannelSession channel, Environment environment) {
    Optional<Long> opened = sessions.open(() -> channel.close(false));
    if (opened.isEmpty()) {
      exit.onExit(1, "too many NETCONF sessions");
      return;
    }
    long id = opened.get();
    Session session = new Session(id, device, operations, events, in, out);
    Thread thread =
        Thread.ofPlatform().daemon().name("netconf-" + id).unstarted(() -> run(session, id));
    end =
        () -> {
          sessions.ended(id);
          thread.interrupt();
        };
    thread.start();
  }

  /** The channel has gone, whoever closed it. */
  @Override
  public void destroy(ChannelSession channel) {
    end.run();
  }

  private void run(Session session, long id) {
    try {
      session.run();
    } catch (IOException e) {
      LOG.info("session {} is lost: {}", id, Failure.text(e));
    } catch (InterruptedException e) {
      LOG.info("session {} is cut off", id);
    } finally {
      sessions.ended(id);
      exit.onExit(0);
    }
  }
}
