/** A text without the values given, and without anything that looks like a key. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, '…');
  return clean.replace(/\b(?:sk|pk|rk)-[\w*-]{6,}/g, (key) => `${key.slice(0, 3)}…`).replace(/\bBearer\s+[\w.~+/*-]{8,}=*/gi, 'Bearer …');
}
