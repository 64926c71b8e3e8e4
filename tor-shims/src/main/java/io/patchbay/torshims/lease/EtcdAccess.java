package io.patchbay.torshims.lease;

import io.patchbay.base.Environment.Variable;
import io.patchbay.base.Failure;
import io.patchbay.base.Url;
import io.patchbay.torshims.Loopback;
import io.patchbay.torshims.TlsFiles;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How to reach an etcd that keeps a lease. PEM files are read before each call and the password's
 * before each login, so that they can be replaced while the shim runs.
 */
public record EtcdAccess(
    @Variable(
            name = "PATCHBAY_ETCD",
            help =
                "the members of the etcd that PATCHBAY_LEASE=etcd is about, as"
                    + " https://a:2379,https://b:2379; http:// for one without TLS")
        List<String> members,
    @Variable(
            name = "PATCHBAY_ETCD_PREFIX",
            fallback = "/patchbay",
            help = "its keys are PREFIX/NSM_NAME/lease and PREFIX/NSM_NAME/intent...")
        String prefix,
    @Variable(
            name = "PATCHBAY_ETCD_CA",
            help = "a PEM file: who may have signed the certificates of etcd's members")
        String caFile,
    @Variable(
            name = "PATCHBAY_ETCD_CERT",
            help = "a PEM file: the certificate that etcd is shown, if any, and who signed it")
        String certificateFile,
    @Variable(name = "PATCHBAY_ETCD_KEY", help = "a PEM file: its private key") String keyFile,
    @Variable(name = "PATCHBAY_ETCD_USER", help = "whom to log in to etcd as; empty for nobody")
        String user,
    @Variable(name = "PATCHBAY_ETCD_PASSWORD_FILE", help = "its first line is that user's password")
        String passwordFile) {
  /** Of a cluster that is larger, some are enough. */
  private static final int MEMBERS_MOST = 9;

  private static final Pattern HOST_AND_PORT =
      Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+]):[1-9][0-9]{0,4}");

  /** One of its members: where it is, and whether it is spoken to by TLS. */
  record Member(Url address, boolean secured) {
    @Override
    public String toString() {
      return (secured ? "https://" : "http://") + address.rest();
    }
  }

  /**
   * All members. Throws {@link Failure} of kind INVALID, with the variable and what to write, for
   * what cannot be right; it repeats nothing of members that have a password in them.
   */
  List<Member> check() {
    require(
        !members.isEmpty() && members.size() <= MEMBERS_MOST,
        "PATCHBAY_ETCD: write 1 to %d members, as https://a:2379,https://b:2379"
            .formatted(MEMBERS_MOST));
    require(
        members.stream().noneMatch(member -> member.contains("@")),
        "PATCHBAY_ETCD: write members without user and password, as https://a:2379; use"
            + " PATCHBAY_ETCD_USER and PATCHBAY_ETCD_PASSWORD_FILE");
    require(
        certificateFile.isEmpty() == keyFile.isEmpty(),
        "PATCHBAY_ETCD_CERT and PATCHBAY_ETCD_KEY go together");
    require(
        user.isEmpty() == passwordFile.isEmpty(),
        "PATCHBAY_ETCD_USER and PATCHBAY_ETCD_PASSWORD_FILE go together");
    require(
        !prefix.isEmpty() && !prefix.endsWith("/"),
        "PATCHBAY_ETCD_PREFIX=" + prefix + ": write it as /patchbay");
    return members.stream().map(this::member).toList();
  }

  private Member member(String text) {
    Url url = Url.parse(text);
    String what = "PATCHBAY_ETCD=" + text + ": ";
    require(
        List.of("http", "https").contains(url.scheme()),
        what + "write https://" + url.rest() + ", or http:// if it has no TLS");
    require(HOST_AND_PORT.matcher(url.rest()).matches(), what + "write https://host:2379");
    Member member = new Member(new Url("tcp", url.rest()), url.scheme().equals("https"));
    if (member.secured()) {
      require(!caFile.isEmpty(), what + "needs PATCHBAY_ETCD_CA, who may have signed for it");
    } else {
      require(
          caFile.isEmpty() && certificateFile.isEmpty(),
          what + "is without TLS: write https://, or leave out PATCHBAY_ETCD_CA and _CERT");
      require(
          user.isEmpty() || Loopback.isHost(member.address().host()),
          what + "the password would go there without TLS: write https://");
    }
    return member;
  }

  private static void require(boolean right, String words) {
    if (!right) {
      throw new Failure(Failure.Kind.INVALID, words);
    }
  }

  /**
   * What the PEM files say now; empty without TLS. Throws {@link Failure} of kind UNAVAILABLE: one
   * that is away for a moment says nothing about etcd.
   */
  Optional<TlsFiles> files() {
    return caFile.isEmpty()
        ? Optional.empty()
        : Optional.of(TlsFiles.read(caFile, certificateFile, keyFile));
  }
}
