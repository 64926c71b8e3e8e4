package io.patchbay.linux;

import io.patchbay.base.Failure;
import io.patchbay.linux.sys.Errno;

/**
 * The move of one link into another namespace under a new name, with a trap of the kernel: EEXIST
 * may come with the link already moved under its old name.
 */
record LinkMove(NetworkNamespace home, NetworkNamespace target) {

  Link run(int index, String newName) {
    Link link =
        home.links()
            .byIndex(index)
            .orElseThrow(
                () -> new Failure(Failure.Kind.NOT_FOUND, "no link " + index + " in " + home));
    if (target.links().find(newName).isPresent()) {
      throw Errno.EEXIST.failure(
          attempt(link, newName) + ": the name is taken there, nothing was moved");
    }
    return unlooked(link, newName);
  }

  /** The move without looking at the new name first: what happens when that look was outrun. */
  Link unlooked(Link link, String newName) {
    boolean oldNameFree = target.links().find(link.name()).isEmpty();
    try {
      home.links().tell(attempt(link, newName), Links.moveMessage(link.index(), target, newName));
    } catch (Failure e) {
      if (Errno.EEXIST.isBehind(e) && oldNameFree && !isAtHome(link)) {
        bringBack(link, e);
      }
      throw e;
    }
    return target.links().require(newName);
  }

  private boolean isAtHome(Link link) {
    return home.links().byIndex(link.index()).filter(found -> same(found, link)).isPresent();
  }

  private void bringBack(Link link, Failure reason) {
    try {
      target
          .links()
          .find(link.name())
          .filter(stray -> same(stray, link))
          .ifPresent(stray -> sendHome(stray.index(), link.name()));
    } catch (Failure e) {
      reason.addSuppressed(e);
    }
  }

  private void sendHome(int index, String name) {
    target.links().tell("bring back '" + name + "'", Links.moveMessage(index, home, name));
  }

  private static boolean same(Link one, Link other) {
    return one.name().equals(other.name())
        && one.mac().equals(other.mac())
        && one.parentDevice().equals(other.parentDevice());
  }

  private String attempt(Link link, String newName) {
    return "move '" + link.name() + "' to '" + newName + "' in " + target;
  }
}
