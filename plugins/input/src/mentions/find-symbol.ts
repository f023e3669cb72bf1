import { type Services, toText, type Turn } from '@pith/kernel';
import { findService } from '../find-service.ts';

/** Where something in code is defined. */
export interface SymbolPlace { path: string; line: number; shown: string }

const PLACES_MAX = 3;
const BUDGET_TOKENS = 1500;
/** As the tool `map` says it: `kind name  path:line`. */
const LINE = /^(\S+) (\S+) {2}(.+?):(\d+)(?: {2}←|$)/;

/** The best places of exactly this name, by the tool `map` of the plugin codemap. */
export async function findPlaces(name: string, turn: Turn): Promise<SymbolPlace[]> {
  const { status, content } = await turn.callTool({ name: 'map', input: { focus: name, budgetTokens: BUDGET_TOKENS } });
  if (status !== 'done') return [];
  const last = name.split(/\.|::|#/).at(-1)!;
  const found = toText(content).split('\n').flatMap((line) => {
    const [, kind, symbol, path, at] = LINE.exec(line) ?? [];
    return symbol === undefined ? [] : [{ symbol, path: path!, line: Number(at), shown: `${kind} ${symbol} ${path}:${at}` }];
  });
  const whole = found.filter(({ symbol }) => symbol === name);
  const best = whole.length > 0 ? whole : found.filter(({ symbol }) => symbol.split(/\.|::|#/).at(-1) === last);
  return best.slice(0, PLACES_MAX).map(({ path, line, shown }) => ({ path, line, shown }));
}

/** Whether names in code can be found at all. The plugin that brings the service declares its type. */
export async function hasCodemap(turn: Turn): Promise<boolean> {
  return turn.recorded('codemap', async () => await findService('codemap' as keyof Services, turn) !== undefined);
}
