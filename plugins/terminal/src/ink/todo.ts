import { cutLine, type Line, type Look, type Role, toSpan } from '@pith/screen';
import type { TodoItem } from '../view.ts';

/**
 * What is to do, a row each, with how far it is above. Where not all find room, what is being done and what comes next are shown, and of
 * the others how many they are.
 */
export function layoutTodo(items: readonly TodoItem[], rows: number, look: Look): Line[] {
  if (items.length === 0 || rows <= 0) return [];
  const done = items.filter(({ state }) => state === 'done').length;
  const cut = (line: Line): Line => cutLine(line, { width: look.width, sign: look.theme.signs.ellipsis });
  const head = cut([toSpan(`${done} of ${items.length} done`, look, 'dim')]);
  if (rows === 1) {
    const now = items.find(({ state }) => state === 'active') ?? items.find(({ state }) => state === 'open');
    return [now === undefined ? head : cut([...head, toSpan(`: ${now.text}`, look)])];
  }
  const room = rows - 1;
  if (items.length <= room) return [head, ...items.map((item) => cut(layoutTodoItem(item, look)))];
  const shown = Math.max(1, room - 1);
  const first = firstShown(items, shown);
  const rest = items.length - shown;
  const lines = items.slice(first, first + shown).map((item) => cut(layoutTodoItem(item, look)));
  return room === 1 ? [head, ...lines] : [head, ...lines, cut([toSpan(`  ${look.theme.signs.ellipsis} ${rest} more${first === 0 ? '' : `, ${first} of them above`}`, look, 'dim')])];
}

/** From the one that is being done, or the first that is not done, with one that is done before it as long as there is room behind. */
function firstShown(items: readonly TodoItem[], shown: number): number {
  const active = items.findIndex(({ state }) => state === 'active');
  const at = active === -1 ? items.findIndex(({ state }) => state === 'open') : active;
  const wished = at === -1 ? items.length - shown : at - (shown > 2 ? 1 : 0);
  return Math.max(0, Math.min(wished, items.length - shown));
}

function layoutTodoItem({ text, state }: TodoItem, look: Look): Line {
  const { unicode, signs } = look.theme;
  const roles: Role[] = state === 'done' ? ['dim'] : state === 'active' ? ['strong'] : [];
  const sign = state === 'done' ? signs.done : state === 'active' ? (unicode ? '▸' : '[>]') : signs.open;
  return [{ text: `${sign} `, roles: ['sign'] }, toSpan(text, look, ...roles)];
}
