import { type Block, enclose, readImageSize } from '@pith/kernel';
import { toSafe } from '@pith/screen';

/**
 * What is attached stands in the text as one character: half of a surrogate pair, which no text from outside holds, and which joins
 * with nothing. So it is one unit for the cursor, and moves, is cut and is put back like any letter.
 */
const FIRST = 0xdc00;
/** As many as there are such characters: then the oldest makes room. */
const UNITS_MAX = 1024;
/** Of all that is kept; the oldest make room. */
const HELD_BYTES_MAX = 96 * 1024 * 1024;
const NAME_MAX = 40;
const UNIT = /[\udc00-\udfff]/;
// Behind its other half a character of the range is no unit.
const UNITS = /(?<![\ud800-\udbff])[\udc00-\udfff]/g;

interface Unit { label: string; block: Block; /** What was pasted, of a text. */ text?: string; sizeBytes: number }

/** What was pasted and attached in this chat. A label is there once, so that it is known again in a text that was somewhere else. */
export class Units {
  readonly #units = new Map<string, Unit>();
  #count = 0;
  #sizeBytes = 0;

  /** @returns the character that stands for it */
  addText(text: string): string {
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    const name = `pasted text #${this.#count + 1}`;
    const block: Block = { type: 'text', text: enclose(text, 'pasted', { name }), label: { owner: 'terminal', name } };
    return this.#add({ label: `[${name}, ${lines > 1 ? `${lines} lines` : `${text.length} characters`}]`, block, text, sizeBytes: text.length * 2 });
  }

  /** @param name of the file, where there is one */
  addMedia(block: Block, name: string): string {
    if (block.type !== 'image' && block.type !== 'document') throw new TypeError(`a ${block.type} block is no image and no document`);
    const data = block.source.kind === 'base64' ? block.source.data : '';
    const size = block.type === 'image' ? readImageSize(data) : undefined;
    const short = `${block.type} #${this.#count + 1}`;
    const label = [short, toName(name), ...(size === undefined ? [] : [`${size.width}×${size.height}`])].filter((part) => part !== '').join(' ');
    return this.#add({ label: `[${label}]`, block: { ...block, label: { owner: 'terminal', name: label } }, sizeBytes: data.length });
  }

  /** What came with a text that was not written here. */
  addAttachment(block: Block): string {
    const name = toName(block.label?.name ?? block.type);
    return this.#add({ label: `[attached #${this.#count + 1} ${name}]`, block, sizeBytes: JSON.stringify(block).length });
  }

  /** Whether a text holds it already. */
  holds(text: string, block: Block): boolean {
    return (text.match(UNITS) ?? []).some((character) => this.#units.get(character)?.block === block);
  }

  /** The label of a unit, where a character is one. */
  labelOf(character: string): string | undefined {
    if (character.length !== 1 || !UNIT.test(character)) return undefined;
    return this.#units.get(character)?.label ?? '[gone]';
  }

  /** The text with labels in the place of units. */
  toText(text: string): string {
    return UNIT.test(text) ? text.replaceAll(UNITS, (character) => this.labelOf(character)!) : text;
  }

  /** The text with units in the place of their labels: of one that was sent, or edited elsewhere. */
  fromText(text: string): string {
    let found = text;
    if (text.includes('[')) for (const [character, { label }] of this.#units) found = found.replaceAll(label, () => character);
    return found;
  }

  /**
   * What is sent. Behind `/` or `!` a pasted text is a part of the line: what a command gets is what it stands for.
   */
  toInput(text: string): { text: string; attachments: readonly Block[] } {
    const isCommand = /^[/!]/.test(text);
    const units = (text.match(UNITS) ?? []).flatMap((character) => this.#units.get(character) ?? []).filter((unit, index, all) => all.indexOf(unit) === index);
    const expanded = isCommand ? text.replaceAll(UNITS, (character) => this.#units.get(character)?.text ?? character) : text;
    return { text: this.toText(expanded), attachments: units.filter((unit) => !isCommand || unit.text === undefined).map(({ block }) => block) };
  }

  #add(unit: Unit): string {
    const character = String.fromCharCode(FIRST + (this.#count++ % UNITS_MAX));
    this.#drop(character);
    this.#units.set(character, unit);
    this.#sizeBytes += unit.sizeBytes;
    for (const oldest of this.#units.keys()) {
      if (this.#sizeBytes <= HELD_BYTES_MAX || oldest === character) break;
      this.#drop(oldest);
    }
    return character;
  }

  #drop(character: string): void {
    this.#sizeBytes -= this.#units.get(character)?.sizeBytes ?? 0;
    this.#units.delete(character);
  }
}

/** Text from outside, in which nothing is taken for a unit. */
export function toForeign(text: string): string {
  return text.toWellFormed();
}

/** A name in a label stands in what is sent: nothing in it is taken for a mention, or ends the label. */
function toName(name: string): string {
  const safe = toSafe(name).replaceAll(/[^\p{L}\p{N}\p{M} ._+-]/gu, '_').replaceAll(/ {2,}/g, ' ').trim();
  return safe.length <= NAME_MAX ? safe : `${safe.slice(0, NAME_MAX - 13)}...${safe.slice(-10)}`.toWellFormed();
}
