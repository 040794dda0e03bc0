import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Files of an authority of our own, of a server on the loopback interface, and of a client. All PEM. */
export interface Certificates {
  readonly ca: string;
  readonly server: { readonly cert: string; readonly key: string };
  readonly client: { readonly cert: string; readonly key: string };
}

/** Made by openssl's command, which Debian and every CI machine has. */
export function createCertificates(directory: string): Certificates {
  const at = (name: string): string => join(directory, name);
  const openssl = (...options: readonly string[]): void =>
    void execFileSync("openssl", options, { stdio: ["ignore", "ignore", "pipe"] });
  const newKey = (name: string): void =>
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", at(name));
  newKey("ca.key");
  openssl(
    "req",
    "-x509",
    "-new",
    "-key",
    at("ca.key"),
    "-days",
    "2",
    "-subj",
    "/CN=Test authority",
    "-out",
    at("ca.pem"),
  );
  const signed = (name: string, names: string): { readonly cert: string; readonly key: string } => {
    newKey(`${name}.key`);
    openssl("req", "-new", "-key", at(`${name}.key`), "-subj", `/CN=${name}`, "-out", at(`${name}.csr`));
    writeFileSync(at(`${name}.ext`), `subjectAltName=${names}\n`);
    const by = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2"];
    openssl("x509", "-req", "-in", at(`${name}.csr`), ...by, "-extfile", at(`${name}.ext`), "-out", at(`${name}.pem`));
    return { cert: at(`${name}.pem`), key: at(`${name}.key`) };
  };
  return {
    ca: at("ca.pem"),
    server: signed("server", "DNS:localhost,IP:127.0.0.1"),
    client: signed("client", "DNS:heed"),
  };
}
