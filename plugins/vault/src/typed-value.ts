import { EXIT, PithError } from '@pith/kernel';
import { MAX_VALUE_BYTES } from './secret.ts';

// Also what turns text around or cannot be seen: none of it belongs into a key, and all of it comes by mistake.
const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
const HIDDEN_IN_LINES = /(?![\n\t])[\p{Cc}\p{Cf}\u2028\u2029]/u;

/**
 * What a person typed, pasted or piped in as a value: without the white space around it.
 * @throws PithError SECRET_VALUE_INVALID, without the value
 */
export function toValue(bytes: Uint8Array | string, { multiline }: { multiline: boolean }): string {
  let text: string;
  try {
    text = typeof bytes === 'string' ? bytes : new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid('The value is not text (UTF-8)', 'Encode bytes first, for example with base64.');
  }
  const value = text.replaceAll('\r\n', '\n').trim();
  if (value === '') throw invalid('No value came', 'Type it at the prompt, or pipe it in: pith auth set NAME < FILE');
  const hidden = (multiline ? HIDDEN_IN_LINES : HIDDEN).exec(value);
  if (hidden === null) return value;
  if (hidden[0] === '\n') throw invalid('The value has several lines', 'A key is one line. Where all of them belong to it, as in a PEM file, add --multiline.');
  throw invalid(`The value holds a character that cannot be seen (U+${hidden[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')})`, 'Copy it again from where it is from.');
}

/** @throws PithError SECRET_VALUE_INVALID where more comes than a value may be */
export async function readValue(input: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of input) {
    bytes += part.length;
    if (bytes > MAX_VALUE_BYTES + 4) throw invalid(`The value takes more than ${MAX_VALUE_BYTES / 1024} KB`, 'A secret is a key or a token, and no file of any size.');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function invalid(message: string, hint: string): PithError {
  return new PithError(message, { code: 'SECRET_VALUE_INVALID', exitCode: EXIT.usage, hint });
}
