const TEXTS: Readonly<Record<string, string>> = {
  "provider-unknown": "proof.providerUnknown",
  "provider-unverified": "proof.providerUnverified",
  "provider-expired": "proof.providerExpired",
  "no-organization": "problem.no-organization",
  "too-many": "problem.too-many",
};

/** The text for the `problem` with which a sign-in by another service comes back. */
export function providerText(problem: string): string {
  return TEXTS[problem] ?? "proof.providerFailed";
}
