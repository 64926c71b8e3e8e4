package io.patchbay.torshims.lease;

/**
 * What a writer leaves with the lease for the one after it.
 *
 * @param folder the name of the state folder that it writes to: another folder than that is out of
 *     date
 * @param token names the commits that it has not confirmed, on every switch
 */
public record Handover(String folder, String token) {
  public Handover {
    if (folder.isEmpty() || token.isEmpty()) {
      throw new IllegalArgumentException("a handover of folder '%s'".formatted(folder));
    }
  }
}
