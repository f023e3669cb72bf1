import { processSecrets } from './process-secrets.ts';

/**
 * What one write to standard output or error may hold: the last place where a secret is met, whoever writes. What comes in
 * pieces was masked before it was cut.
 */
export function maskOutput(chunk: string | Uint8Array): string | Uint8Array {
  if (typeof chunk === 'string') return processSecrets().redact(chunk);
  const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString();
  const clean = processSecrets().redact(text);
  return clean === text ? chunk : clean;
}
