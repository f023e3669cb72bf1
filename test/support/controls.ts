/* oxlint-disable no-control-regex */
/** One sequence, whatever kind: CSI, OSC and the other strings, escapes of two or three characters. */
const SEQUENCE = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^]*?(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]/g;
/** What a chat has reason to send: looks, moves within its region, erasing there, its modes, its title, and its questions about keys and colours. */
const ALLOWED: readonly RegExp[] = [
  /^\x1b\[(?:[0-79]|[1-9]\d)?(?:;\d+)*m$/, /^\x1b\[\d*[ABCDEFG]$/, /^\x1b\[[02]?K$/, /^\x1b\[0?J$/, /^\x1b\[\?(?:25|2004|1004|2026)[hl]$/, /^\x1b\[2[23];0t$/, /^\x1b\[(?:\?|>[1-9]|<1?|=\d+)u$/, /^\x1b\]0;[^\x00-\x1f]*\x07$/, /^\x1b\]1[01];\?(?:\x07|\x1b\\)$/,
];
/** What has no sign of its own, and no business among text: controls, marks of direction, what hides. */
const HIDDEN = /[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u115f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\u{e0000}-\u{e0fff}]/gu;

/** What a program wrote to the terminal that a chat has no reason to write: sequences, and characters that steer or hide. */
export function strangeOutput(raw: Uint8Array): string[] {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw);
  const sequences = (text.match(SEQUENCE) ?? []).filter((sequence) => !ALLOWED.some((allowed) => allowed.test(sequence)));
  const hidden = text.replace(SEQUENCE, '').match(HIDDEN) ?? [];
  return [...new Set([...sequences, ...hidden])].map((found) => JSON.stringify(found) + (found.length === 1 || found.codePointAt(0)! > 0xffff ? ` U+${found.codePointAt(0)!.toString(16)}` : ''));
}
