/** A secret as it may stand in a text. `before` and `after` are the characters around it that hold some bits of it, too. */
export interface Needle { text: string; label: string; before: number; after: number }

/** Shorter values stand in too many texts by chance. */
export const VALUE_MIN = 8;
/** Longer values are looked for in pieces: a stream never waits for more than one of them, and a text that was cut shows less than one. */
const PIECE = 128;
/** Of what is a key and nothing else; a part of anything else may be what stands in many texts. */
const KEY_PIECE = 32;
const KEY = /^[\w+/=.~-]+$/;

/** Everything that is looked for because of one value: itself, and in base64 and hex. JSON and URL escapes are undone in the text. */
export function toNeedles(value: string, label: string): Needle[] {
  const texts = new Map<string, Needle>();
  for (const piece of toPieces(value)) {
    const add = (text: string, before = 0, after = 0): void => void texts.set(text, { text, label, before, after });
    // oxlint-disable-next-line no-control-regex
    for (const form of /[^\0-\x7f]/.test(piece) ? [piece, ...percentForms(piece)] : [piece]) {
      add(form);
      if (form.includes(' ')) add(form.replaceAll(' ', '+'));
    }
    addBase64(piece, add);
    // As a document in JSON was encoded whole.
    const escaped = JSON.stringify(piece).slice(1, -1);
    if (escaped !== piece) addBase64(escaped, add);
    const hex = Buffer.from(piece).toString('hex');
    add(hex);
    add(hex.toUpperCase());
  }
  return [...texts.values()];
}

/** The lines of a value, the long ones in pieces; a private key is printed line by line, too. */
function toPieces(value: string): string[] {
  const lines = value.split(/\r?\n/);
  const told = lines.length === 1 ? lines : lines.map((line) => line.trim()).filter((line) => line.length >= 16 && !line.startsWith('-----'));
  return (told.length === 0 ? [value] : told).flatMap((line) => {
    const size = Math.ceil(line.length / Math.ceil(line.length / (KEY.test(line) ? KEY_PIECE : PIECE)));
    return Array.from({ length: Math.ceil(line.length / size) }, (_, index) => line.slice(index * size, (index + 1) * size));
  });
}

/** URL escapes of what is not ASCII; those of ASCII are undone in the text. */
function percentForms(text: string): string[] {
  const upper = [...text].map((character) => (character.length > 1 || character > '\x7f' ? encodeURIComponent(character.isWellFormed() ? character : '\ufffd') : character)).join('');
  return [upper, upper.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())];
}

/** The characters that all bits of which are the value's, at each of the three places it may have among other bytes. */
function addBase64(text: string, add: (form: string, before: number, after: number) => void): void {
  const bytes = Buffer.from(text);
  for (const shift of [0, 1, 2]) {
    const bits = (shift + bytes.length) * 8;
    const form = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').slice(Math.ceil((shift * 8) / 6), Math.floor(bits / 6));
    const around = [shift === 0 ? 0 : 1, bits % 6 === 0 ? 0 : 1] as const;
    add(form, ...around);
    add(form.replaceAll('+', '-').replaceAll('/', '_'), ...around);
  }
}
