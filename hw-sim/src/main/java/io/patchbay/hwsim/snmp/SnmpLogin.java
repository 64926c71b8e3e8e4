package io.patchbay.hwsim.snmp;

import org.snmp4j.security.AuthHMAC192SHA256;
import org.snmp4j.security.PrivAES128;
import org.snmp4j.security.UsmUser;
import org.snmp4j.smi.OctetString;

/**
 * A user of the agent, with SHA-256 and AES-128.
 *
 * @param authPassphrase at least 8 octets
 * @param privPassphrase at least 8 octets
 * @param mayWrite whether it may set anything
 */
public record SnmpLogin(
    String user, String authPassphrase, String privPassphrase, boolean mayWrite) {
  UsmUser usmUser() {
    return new UsmUser(
        new OctetString(user),
        AuthHMAC192SHA256.ID,
        new OctetString(authPassphrase),
        PrivAES128.ID,
        new OctetString(privPassphrase));
  }

  @Override
  public String toString() {
    return "SNMP user " + user;
  }
}
