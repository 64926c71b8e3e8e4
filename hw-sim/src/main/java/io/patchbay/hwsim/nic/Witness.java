package io.patchbay.hwsim.nic;

/**
 * Sees what is done to the NICs of a machine, on the thread that does it: for tests that want
 * something to happen between two acts of a daemon. Called by many threads.
 */
public interface Witness {
  /** One that looks away. */
  Witness NONE =
      new Witness() {
        @Override
        public void before(String act) {}

        @Override
        public void after(String act) {}
      };

  /**
   * A change is about to be made. A failure that it throws, with an {@link
   * io.patchbay.linux.sys.Errno} behind it, is what the caller is told, and nothing is changed.
   *
   * @param act what is done, in words
   */
  void before(String act);

  /** The change was made, and who made it has not been told so. */
  void after(String act);
}
