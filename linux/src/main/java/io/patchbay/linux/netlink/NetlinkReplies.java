package io.patchbay.linux.netlink;

import io.patchbay.base.Failure;
import io.patchbay.linux.sys.Errno;

/** How netlink says yes and no: {@code struct nlmsgerr} of {@code linux/netlink.h}. */
public final class NetlinkReplies {
  private static final int REASON = 4; // the error number, before the quoted header

  private NetlinkReplies() {}

  /** The acknowledgement of a request. */
  public static byte[] ok(NetlinkMessage request) {
    return error(request, 0, "");
  }

  /** The refusal of a request, with an explanation for people; empty for none. */
  public static byte[] refusal(NetlinkMessage request, Errno errno, String explanation) {
    return error(request, errno.code(), explanation);
  }

  private static byte[] error(NetlinkMessage request, int errno, String explanation) {
    int flags = Nlmsg.CAPPED | (explanation.isEmpty() ? 0 : Nlmsg.ACK_ATTRIBUTES);
    MessageWriter reply = new MessageWriter(Nlmsg.ERROR, flags).i32(-errno);
    reply.i32(NetlinkMessage.HEADER + request.bodyLength());
    reply.u16(request.type()).u16(request.flags()).i32(request.sequence()).i32(0);
    if (!explanation.isEmpty()) {
      reply.text(Nlmsg.ERROR_TEXT, explanation);
    }
    return reply.encode(request.sequence(), 0);
  }

  /** Throws the failure that an ERROR or DONE message carries, if it does. */
  static void check(String attempt, NetlinkMessage end) {
    int errno = end.bodyLength() < REASON ? 0 : -end.i32(0);
    if (errno == 0) {
      return;
    }
    String explanation = explanation(end);
    Failure failure = Errno.failure(errno, attempt);
    throw explanation.isEmpty() ? failure : Errno.explained(failure, explanation);
  }

  private static String explanation(NetlinkMessage end) {
    if (end.type() != Nlmsg.ERROR || !end.has(Nlmsg.ACK_ATTRIBUTES)) {
      return "";
    }
    int quoted = end.has(Nlmsg.CAPPED) ? NetlinkMessage.HEADER : end.i32(REASON);
    return end.attributes(REASON + quoted).text(Nlmsg.ERROR_TEXT);
  }
}
