/** What JSON may hold as it is and a terminal obeys: controls beyond ASCII, direction marks, what is invisible. Emoji and several scripts need joiners. */
const STEERING = /(?![\u200c\u200d])[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A value as a line of JSON, which says the same wherever it is shown. */
export function toJsonLine(value: object): string {
  return `${JSON.stringify(value).replace(STEERING, (text) => text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`))}\n`;
}
