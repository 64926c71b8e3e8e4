package io.patchbay.torshims.services;

/**
 * A service as somebody has asked for it, right or wrong.
 *
 * @param name the object's, which is the service's
 * @param domain of the fabric that is to offer it; empty where it does not say
 * @param spec the fields of a service in the fabric file but for its name, as JSON
 * @param generation counts the changes of what is asked for
 * @param told what was last told of it
 */
public record ServiceObject(
    String name, String domain, String spec, long generation, Verdict told) {
  /**
   * What has become of it.
   *
   * @param generation which of its changes that is about; 0 before anything was told
   * @param problem why it is not offered as it is asked for; empty where it is
   */
  public record Verdict(long generation, String problem) {
    /** Nobody has looked at it. */
    public static final Verdict NONE = new Verdict(0, "");
  }
}
