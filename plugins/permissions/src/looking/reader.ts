/** A command that only looks: the options that it may be given, and what its other words are. Any other option makes it something else. */
export interface Reader {
  /** Short options without a value, by their letters. */
  flags?: string;
  /** Short options whose value is the rest of their word, or the next one. */
  values?: string;
  /** Short options whose value, if any, is the rest of their word. */
  joined?: string;
  /** Long options. `name=` takes a value, joined or as the next word; `name[=]` may have one joined; `name==` takes the next two words. */
  long?: string;
  /** Options of which one must be there. */
  needs?: string;
  /** Options stand in front of the other words only. */
  optionsFirst?: true;
  /** Other words that are options: `-5`, `+20`. */
  word?: RegExp;
  /** The words that are no options: paths, any words, words of one form, or nothing. */
  operands: 'paths' | 'words' | 'none' | RegExp;
  /** How many there may be, and how many there must be. */
  most?: number;
  least?: number;
  /** The first of them is a pattern or a script, unless one of these options gave it. */
  script?: string;
  /** Of a script, wherever it was given. */
  isScript?: (script: string) => boolean;
  /** The paths must not be folders, since links within them would be followed. */
  noFolders?: true;
  /** What no operand may hold. */
  refuseOperand?: RegExp;
  /** What values of options must not hold. */
  refuse?: RegExp;
  /** The shell has it built in, so no program of that name is started. */
  builtin?: true;
}

/** What a command was given, as its reader takes it. */
export interface Given {
  options: readonly { name: string; value?: string }[];
  scripts: readonly string[];
  /** Without a script among them. */
  operands: readonly string[];
  /** Those that are paths. */
  paths: readonly string[];
}

/** @param given the words behind the program @returns nothing where one of them is not known to be harmless */
export function readGiven(reader: Reader, given: readonly string[]): Given | undefined {
  const parted = partOptions(reader, given);
  if (parted === undefined) return undefined;
  const { options } = parted;
  const byOption = reader.script?.split(' ');
  const scripts = options.filter(({ name }) => byOption?.includes(name)).map(({ value = '' }) => value);
  const operands = [...parted.operands];
  if (byOption !== undefined && scripts.length === 0 && operands.length > 0) scripts.push(operands.shift()!);
  if (reader.isScript !== undefined && !(scripts.length > 0 && scripts.every(reader.isScript))) return undefined;
  if (reader.needs !== undefined && !options.some(({ name }) => reader.needs!.split(' ').includes(name))) return undefined;
  if (options.some(({ value }) => value !== undefined && reader.refuse?.test(value))) return undefined;
  if (operands.length > (reader.operands === 'none' ? 0 : reader.most ?? Infinity)) return undefined;
  if (operands.length < (reader.least ?? 0) || operands.some((word) => reader.refuseOperand?.test(word))) return undefined;
  if (reader.operands instanceof RegExp && !operands.every((word) => (reader.operands as RegExp).test(word))) return undefined;
  return { options, scripts, operands, paths: reader.operands === 'paths' ? operands : [] };
}

function partOptions(reader: Reader, given: readonly string[]): Pick<Given, 'options' | 'operands'> | undefined {
  const options: { name: string; value?: string }[] = [];
  const operands: string[] = [];
  const long = longOf(reader);
  for (let index = 0; index < given.length; index++) {
    const word = given[index]!;
    if (word === '--' && reader.word?.test(word) !== true) return { options, operands: [...operands, ...given.slice(index + 1)] };
    if (reader.optionsFirst && !/^-./.test(word)) return { options, operands: given.slice(index) };
    if (reader.word?.test(word)) options.push({ name: word });
    else if (!/^-./.test(word)) operands.push(word);
    else {
      const next = given[index + 1];
      const read = word.startsWith('--') ? readLong(long, word, next) : readCluster(reader, word, next);
      if (read === undefined) return undefined;
      options.push(...read.options);
      index += read.takes ?? 0;
    }
  }
  return { options, operands };
}

const longNames = new WeakMap<Reader, ReadonlySet<string>>();

function longOf(reader: Reader): ReadonlySet<string> {
  let names = longNames.get(reader);
  if (names === undefined) longNames.set(reader, names = new Set(reader.long?.split(' ')));
  return names;
}

interface OptionWord { options: Given['options']; /** How many of the words behind it. */ takes?: number }

function readLong(long: ReadonlySet<string>, word: string, next: string | undefined): OptionWord | undefined {
  const at = word.indexOf('=');
  const name = at === -1 ? word : word.slice(0, at);
  const bare = name.slice(2);
  if (at !== -1) return long.has(`${bare}=`) || long.has(`${bare}[=]`) ? { options: [{ name, value: word.slice(at + 1) }] } : undefined;
  if (long.has(bare) || long.has(`${bare}[=]`)) return { options: [{ name }] };
  if (long.has(`${bare}==`)) return { options: [{ name }], takes: 2 };
  return long.has(`${bare}=`) && isValue(next) ? { options: [{ name, value: next }], takes: 1 } : undefined;
}

function readCluster({ flags = '', values = '', joined = '' }: Reader, word: string, next: string | undefined): OptionWord | undefined {
  const options: { name: string; value?: string }[] = [];
  for (let index = 1; index < word.length; index++) {
    const name = `-${word[index]}`;
    const rest = word.slice(index + 1);
    if (flags.includes(word[index]!)) { options.push({ name }); continue; }
    if (joined.includes(word[index]!)) return { options: [...options, rest === '' ? { name } : { name, value: rest }] };
    if (!values.includes(word[index]!)) return undefined;
    if (rest !== '') return { options: [...options, { name, value: rest }] };
    return !isValue(next) ? undefined : { options: [...options, { name, value: next }], takes: 1 };
  }
  return { options };
}

/** What looks like an option might be one after all, for a program that takes no value here. */
function isValue(next: string | undefined): next is string {
  return next !== undefined && !/^-\D/.test(next);
}
