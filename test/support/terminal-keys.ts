/** How the keyboard talks to programs: as it always did, or as the kitty protocol has it once a program asked for that. */
export interface KeyModes { applicationCursor: boolean; kitty: boolean }

const MODIFIERS = { shift: 1, alt: 2, ctrl: 4 } as const;
const ARROWS: Readonly<Record<string, string>> = { up: 'A', down: 'B', right: 'C', left: 'D', home: 'H', end: 'F' };
const TILDES: Readonly<Record<string, number>> = { insert: 2, delete: 3, pageup: 5, pagedown: 6, f5: 15, f6: 17, f7: 18, f8: 19, f9: 20, f10: 21, f11: 23, f12: 24 };
const FUNCTIONS: Readonly<Record<string, string>> = { f1: 'P', f2: 'Q', f3: 'R', f4: 'S' };
const CODES: Readonly<Record<string, number>> = { enter: 13, tab: 9, escape: 27, backspace: 127, space: 32 };

/**
 * What a terminal sends for a key such as `a`, `ctrl+o`, `shift+tab`, `alt+enter`, `escape`, `pageup`.
 * @throws Error for a name that no keyboard has
 */
export function toBytes(key: string, { applicationCursor, kitty }: KeyModes): string {
  const parts = key === '+' ? ['+'] : key.split(/\+(?=.)/);
  const name = parts.pop()!;
  const bits = parts.reduce((sum, part) => sum + modifier(part, key), 0);
  const suffix = bits === 0 ? '' : `;${bits + 1}`;
  if (ARROWS[name] !== undefined) return bits === 0 ? `\x1b${applicationCursor ? 'O' : '['}${ARROWS[name]}` : `\x1b[1${suffix}${ARROWS[name]}`;
  if (TILDES[name] !== undefined) return `\x1b[${TILDES[name]}${suffix}~`;
  if (FUNCTIONS[name] !== undefined) return bits === 0 ? `\x1bO${FUNCTIONS[name]}` : `\x1b[1${suffix}${FUNCTIONS[name]}`;
  const code = CODES[name] ?? ([...name].length === 1 ? name.codePointAt(0)! : undefined);
  if (code === undefined) throw new Error(`No keyboard has the key "${key}"`);
  const isPlain = bits === 0 || (bits === MODIFIERS.shift && CODES[name] === undefined);
  if (kitty && (!isPlain || name === 'escape')) return `\x1b[${code}${suffix}u`;
  return toLegacy(name, code, bits);
}

function modifier(part: string, key: string): number {
  if (part === 'shift' || part === 'alt' || part === 'ctrl') return MODIFIERS[part];
  throw new Error(`No keyboard has the key "${key}"`);
}

/** Before kitty: control is five bits of the letter, alt an escape in front, and shift is lost but for tab. */
function toLegacy(name: string, code: number, bits: number): string {
  const prefix = (bits & MODIFIERS.alt) === 0 ? '' : '\x1b';
  if (name === 'tab' && (bits & MODIFIERS.shift) !== 0) return `${prefix}\x1b[Z`;
  if ((bits & MODIFIERS.ctrl) === 0) return prefix + ((bits & MODIFIERS.shift) === 0 ? String.fromCodePoint(code) : String.fromCodePoint(code).toUpperCase());
  if (name === 'backspace') return `${prefix}\b`;
  if (name === '/' || name === '-') return `${prefix}\x1f`;
  return prefix + String.fromCodePoint(CODES[name] !== undefined && name !== 'space' ? code : name === 'space' ? 0 : code & 0x1f);
}
