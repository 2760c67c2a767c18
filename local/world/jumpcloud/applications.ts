import { type Application as ApplicationSeed, domain, keys } from "../company.ts";

/**
 * Stands in the private key of every application. Whoever finds it anywhere but in JumpCloud's own answers has found a
 * leak of SAML signing keys.
 */
export const samlPrivateKeyCanary = "SIMULATEDsamlPRIVATEkeyCANARYneverSTOREorLOGthis0000000000000000";

export type Application = { _id: string; name: string; displayLabel: string } & Record<string, unknown>;

/** The full record, as JumpCloud gives it to everybody who may read applications: signing key and certificate included. */
export function applicationRecord({ id, name, label, description }: ApplicationSeed): Application {
  const base = `https://${name}.${domain}`;
  return {
    _id: id,
    name,
    displayName: label,
    displayLabel: label,
    description,
    organization: keys.jumpcloudOrganization,
    active: true,
    beta: false,
    created: "2021-03-01T09:00:00.000Z",
    learnMore: "",
    logo: { color: "#006CAC", url: "" },
    ssoUrl: `https://sso.jumpcloud.com/saml2/${name}`,
    sso: {
      type: "saml",
      hidden: false,
      beta: false,
      jit: false,
      idpCertExpirationAt: "2031-03-01T09:00:00.000Z",
    },
    config: {
      idpEntityId: setting("IdP Entity ID", `JumpCloud-${name}`, 1),
      spEntityId: setting("SP Entity ID", `${base}/saml/metadata`, 2),
      acsUrl: setting("ACS URL", `${base}/saml/acs`, 3),
      idpCertificate: setting("IdP Certificate", pem("CERTIFICATE", "MIIDSimulatedCertificate"), 4),
      idpPrivateKey: setting("IdP Private Key", pem("PRIVATE KEY", samlPrivateKeyCanary), 5),
      signAssertion: { label: "Sign Assertion", type: "checkbox", value: true, position: 6 },
    },
    databaseAttributes: [],
  };
}

function setting(label: string, value: string, position: number): object {
  return { label, type: "text", value, visible: true, readOnly: false, required: true, position };
}

function pem(label: string, content: string): string {
  const lines = Array.from({ length: 12 }, () => content.padEnd(64, "A"));
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
