package io.patchbay.base;

import java.util.Objects;

/**
 * An address as the mesh writes it, read leniently (contracts/nsm.md section 5 and fact 19): {@code
 * unix:///path}, {@code tcp://host:port}, {@code tcp://:5002}, {@code inode://dev/ino}, {@code
 * file:///path}, or a bare {@code host:port}, which is taken as tcp. {@code rest} is all behind the
 * scheme's slashes.
 */
public record Url(String scheme, String rest) {
  public Url {
    Objects.requireNonNull(scheme);
    if (rest.isEmpty()) {
      throw new Failure(Failure.Kind.INVALID, "a URL with nothing behind '" + scheme + "://'");
    }
  }

  /** Reads an address. Throws {@link Failure} of kind INVALID for an empty one. */
  public static Url parse(String text) {
    String stripped = text.strip();
    int end = stripped.indexOf("://");
    if (end >= 0) {
      return new Url(
          stripped.substring(0, end).toLowerCase(java.util.Locale.ROOT),
          stripped.substring(end + 3));
    }
    if (stripped.startsWith("unix:")) {
      return new Url("unix", stripped.substring("unix:".length()));
    }
    if (stripped.isEmpty()) {
      throw new Failure(
          Failure.Kind.INVALID, "an empty URL; write for example tcp://registry:5002");
    }
    return new Url("tcp", stripped);
  }

  /** Whether it names a unix socket file. */
  public boolean isUnix() {
    return scheme.equals("unix");
  }

  /** Whether the peer is on this node: a socket file, by name or by descriptor. */
  public boolean isLocal() {
    return isUnix() || scheme.equals("inode") || scheme.equals("file");
  }

  /** The file of a {@code unix} or {@code file} address. */
  public String path() {
    return rest;
  }

  /** The host of a {@code tcp} address, without brackets; empty when it means any. */
  public String host() {
    String host = rest.substring(0, portColon());
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  /** The port of a {@code tcp} address. Throws {@link Failure} of kind INVALID without one. */
  public int port() {
    try {
      int port = Integer.parseInt(rest.substring(portColon() + 1));
      if (port >= 0 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException e) {
      throw new Failure(Failure.Kind.INVALID, "no port in '" + this + "'", e);
    }
    throw new Failure(Failure.Kind.INVALID, "port out of 0..65535 in '" + this + "'");
  }

  private int portColon() {
    int colon = rest.lastIndexOf(':');
    if (colon < 0 || rest.indexOf(']') > colon) {
      throw new Failure(Failure.Kind.INVALID, "no port in '" + this + "'; write host:port");
    }
    return colon;
  }

  @Override
  public String toString() {
    return scheme + "://" + rest;
  }
}
