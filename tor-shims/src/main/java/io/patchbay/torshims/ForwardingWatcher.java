package io.patchbay.torshims;

import java.time.Duration;
import java.util.Map;

/** Tells a watcher all that it is told, as {@link ForwardingDriver} passes on what is asked. */
class ForwardingWatcher implements SwitchDriver.Watcher {
  private final SwitchDriver.Watcher watcher;

  ForwardingWatcher(SwitchDriver.Watcher watcher) {
    this.watcher = watcher;
  }

  @Override
  public void lost() {
    watcher.lost();
  }

  @Override
  public void speaks() {
    watcher.speaks();
  }

  @Override
  public void linksChanged() {
    watcher.linksChanged();
  }

  @Override
  public void portsChanged() {
    watcher.portsChanged();
  }

  @Override
  public void finds(Map<String, PortReading> now) {
    watcher.finds(now);
  }

  @Override
  public void overwrites(Map<String, PortReading> before) {
    watcher.overwrites(before);
  }

  @Override
  public void confirms(Duration most) {
    watcher.confirms(most);
  }
}
