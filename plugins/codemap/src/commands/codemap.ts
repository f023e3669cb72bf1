import { resolve } from 'node:path';
import { Args, Command, Flags } from '@oclif/core';
import { nearest, PithError, resolvePaths } from '@pith/kernel';
import type { RankedSymbol } from '../rank.ts';
import type { IndexedCode } from '../code-index.ts';

/** Of symbols by name. */
const MAX_SHOWN = 200;

export default class Codemap extends Command {
  static override summary = 'Show the map of the code: files, what they define, who calls it.';
  static override description = 'Reads the code below a folder in TypeScript, JavaScript, Python, Go, Rust, Java, C, C++, C#, Ruby and PHP, and shows it as the tool map does for a model. Nothing is run; what was read once is kept, and only changed files are read again.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'The folder you are in', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'Where a name is defined, and who calls it', command: '<%= config.bin %> <%= command.id %> --symbol runTurn' },
    { description: 'All symbols with their scores, for a program', command: '<%= config.bin %> <%= command.id %> src --json' },
  ];
  static override args = { path: Args.string({ description: 'The folder; this one by default.', default: '.' }) };
  static override flags = {
    symbol: Flags.string({ char: 's', summary: 'Only this name: where it is defined, and who calls it.', helpValue: 'NAME' }),
    focus: Flags.string({ summary: 'Words: what fits them comes first, with its callers.', helpValue: 'WORDS', exclusive: ['symbol'] }),
    budget: Flags.integer({ char: 'b', summary: 'Tokens that the map may take.', helpValue: 'TOKENS', default: 20_000, min: 100, max: 1_000_000 }),
  };

  async run(): Promise<{ files: readonly string[]; symbols: readonly RankedSymbol[]; complete: boolean; skipped: IndexedCode['skipped'] }> {
    const { args, flags } = await this.parse(Codemap);
    const [{ checkFolder, toNames }, { Codemaps }, { rank }] = await Promise.all([import('../place.ts'), import('../codemaps.ts'), import('../rank.ts')]);
    const [root] = toNames(resolve(args.path));
    checkFolder(root, args.path);
    const codemaps = new Codemaps(resolvePaths(process.env, this.config));
    const code = await codemaps.update(root, { signal: new AbortController().signal });
    await codemaps.close();
    if (code.unkept !== undefined) this.logToStderr(`! The map could not be kept for the next time: ${code.unkept}`);
    const all = rank(code.entries).sort((a, b) => b.score - a.score);
    const symbols = flags.symbol === undefined ? all : all.filter(({ name }) => name === flags.symbol);
    if (!this.jsonEnabled()) this.log(flags.symbol === undefined ? (await import('../make-map.ts')).makeMap(code, { focus: flags.focus, budgetTokens: flags.budget }).text : await describe(flags.symbol, { symbols, all }));
    else if (flags.symbol !== undefined && symbols.length === 0) throw unknown(flags.symbol, all);
    const { paths: files, complete, skipped } = code;
    return { files, symbols, complete, skipped };
  }
}

async function describe(name: string, { symbols, all }: { symbols: readonly RankedSymbol[]; all: readonly RankedSymbol[] }): Promise<string> {
  if (symbols.length === 0) throw unknown(name, all);
  const { describeSymbol } = await import('../focus.ts');
  const more = symbols.length - MAX_SHOWN;
  return [...symbols.slice(0, MAX_SHOWN).map(describeSymbol), ...more > 0 ? [`[${more} more]`] : []].join('\n');
}

function unknown(name: string, all: readonly RankedSymbol[]): PithError {
  const near = nearest(name, [...new Set(all.map((symbol) => symbol.name))]);
  return new PithError(`Nothing here defines ${JSON.stringify(name)}`, { code: 'CODEMAP_SYMBOL', hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'See all of it with: pith codemap' });
}
