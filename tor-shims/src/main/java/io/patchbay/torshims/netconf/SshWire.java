package io.patchbay.torshims.netconf;

import java.io.BufferedInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.session.ClientSession;

/** The streams of one SSH channel, which is alone on its connection. */
final class SshWire implements Wire {
  private final ClientSession session;
  private final InputStream in;
  private final OutputStream out;

  SshWire(ClientSession session, ClientChannel channel) {
    this.session = session;
    this.in = new BufferedInputStream(channel.getInvertedOut());
    this.out = channel.getInvertedIn();
  }

  @Override
  public InputStream in() {
    return in;
  }

  @Override
  public OutputStream out() {
    return out;
  }

  @Override
  public void close() {
    session.close(true);
  }
}
