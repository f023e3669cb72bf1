/**
 * Sixty-four bits of a text, as sixteen hex digits: to see whether two texts are the same, not to withstand anybody.
 * Two lanes of multiply-and-shift; unlike node:crypto it costs no loading at start.
 */
export function fingerprint(text: string): string {
  let a = 0x9e3779b9;
  let b = 0x85ebca6b;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b + unit, 0x27d4eb2f) ^ (b >>> 15);
  }
  return toHex(mix(a ^ text.length)) + toHex(mix(b ^ a));
}

function mix(bits: number): number {
  const once = Math.imul(bits ^ (bits >>> 16), 0x7feb352d);
  const twice = Math.imul(once ^ (once >>> 15), 0x846ca68b);
  return (twice ^ (twice >>> 16)) >>> 0;
}

function toHex(bits: number): string {
  return bits.toString(16).padStart(8, '0');
}
