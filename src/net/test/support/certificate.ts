import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

export interface Certificate { cert: string; key: string }

/** An authority for one test run; nothing of it is ever written to a file. */
export interface Authority extends Certificate {
  /** A certificate for these names and addresses. */
  issue(names: readonly string[], options?: { expired?: boolean }): Certificate;
}

export function createAuthority(): Authority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const make = (subject: string, publicKey: KeyObject, extensions: readonly Buffer[], expired = false): string => {
    const year = new Date().getUTCFullYear();
    const body = sequence(
      explicit(0, integer(Buffer.from([2]))), integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])), ECDSA_SHA256, name('pith test authority'),
      sequence(time(expired ? year - 3 : year - 1), time(expired ? year - 2 : year + 1)), name(subject), publicKey.export({ type: 'spki', format: 'der' }), explicit(3, sequence(...extensions)),
    );
    return toPem('CERTIFICATE', sequence(body, ECDSA_SHA256, bits(sign('sha256', body, keys.privateKey))));
  };
  const cert = make('pith test authority', keys.publicKey, [extension('551d13', sequence(Buffer.from([1, 1, 0xff])))]);
  return {
    cert, key: toKey(keys.privateKey),
    issue: (names, { expired = false } = {}) => {
      const own = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
      return { cert: make(names[0]!, own.publicKey, [extension('551d11', sequence(...names.map(alternative)))], expired), key: toKey(own.privateKey) };
    },
  };
}

// Just as much DER as a certificate needs (X.690, RFC 5280).
const tagged = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(parts);
  const length = content.length < 0x80 ? [content.length] : content.length < 0x100 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
const integer = (value: Buffer): Buffer => tagged(0x02, value);
const bits = (value: Buffer): Buffer => tagged(0x03, Buffer.from([0]), value);
const explicit = (number: number, value: Buffer): Buffer => tagged(0xa0 + number, value);
const identifier = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'));
const time = (year: number): Buffer => tagged(0x18, Buffer.from(`${year}0101000000Z`));
const name = (text: string): Buffer => sequence(tagged(0x31, sequence(identifier('550403'), tagged(0x0c, Buffer.from(text)))));
const extension = (id: string, value: Buffer): Buffer => sequence(identifier(id), tagged(0x04, value));
const ECDSA_SHA256 = sequence(identifier('2a8648ce3d040302'));

function alternative(text: string): Buffer {
  if (isIP(text) === 0) return tagged(0x82, Buffer.from(text));
  return tagged(0x87, isIP(text) === 4 ? Buffer.from(text.split('.').map(Number)) : Buffer.concat([Buffer.alloc(15), Buffer.from([1])])); // Of IPv6 only ::1 is needed.
}

const toKey = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

function toPem(label: string, der: Buffer): string {
  return `-----BEGIN ${label}-----\n${der.toString('base64').match(/.{1,64}/g)!.join('\n')}\n-----END ${label}-----\n`;
}
