/** OpenSSL's and Node's codes of certificates that are signed by nobody whom this process trusts. */
const UNTRUSTED: ReadonlySet<string> = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
]);

const OTHERS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired: renew it",
  CERT_NOT_YET_VALID: "its certificate is not valid yet: check the clocks of both machines",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "its certificate is for other names than this: reach it by a name that its certificate has",
};

/** The code of a failed connection as people read it: in words, with what to do, if it was about the other side's certificate. */
export function sayFailure(code: string): string {
  if (UNTRUSTED.has(code))
    return `its certificate is of an authority that this machine does not know: start Heed with NODE_EXTRA_CA_CERTS set to the file (PEM) of that authority's certificate (${code})`;
  const said = OTHERS[code];
  return said === undefined ? code : `${said} (${code})`;
}
