import { randomBytes } from 'node:crypto';

/** A form with one file in it, as RFC 7578 has it. The names are ours; the values are anybody's, and cannot hold the boundary. */
export function toMultipart(fields: Readonly<Record<string, string>>, file: { field: string; name: string; type: string; bytes: Uint8Array }): { type: string; body: Uint8Array } {
  const boundary = `pith-${randomBytes(18).toString('hex')}`;
  const texts = Object.entries(fields).map(([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="${file.field}"; filename="${file.name}"\r\nContent-Type: ${file.type}\r\n\r\n`;
  return { type: `multipart/form-data; boundary=${boundary}`, body: Buffer.concat([Buffer.from(texts.join('') + head), file.bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]) };
}
