import { cutLine, type Line, type Look, toSpan } from '@pith/screen';
import type { CallView, QueuedInput } from '../view.ts';
import { stateSign } from './item-lines.ts';
import { signsOf } from './signs.ts';

/** The calls at work, a row each, with the last that they said. Of very many the last are shown. */
export function layoutCalls(calls: readonly CallView[], rows: number, look: Look): Line[] {
  return calls.slice(calls.length - rows).map((call) => {
    const { sign, role } = stateSign(call.state, look);
    const said = call.progress === undefined ? call.state === 'writing' ? 'is being written' : call.state === 'waiting' ? 'waits' : '' : call.progress;
    const line = [toSpan(`${sign} `, look, role), toSpan(call.tool, look, 'strong'), toSpan(` ${call.target}`, look), ...(said === '' ? [] : [toSpan(`${signsOf(look.theme).between}${said}`, look, 'dim')])];
    return cutLine(line, { width: look.width, sign: look.theme.signs.ellipsis });
  });
}

/** What waits for the end of the turn: the next ones first. */
export function layoutQueue(queue: readonly QueuedInput[], rows: number, look: Look): Line[] {
  const shown = queue.length <= rows ? queue : queue.slice(0, Math.max(0, rows - 1));
  const lines = shown.map(({ text, attachments }): Line => {
    const first = text.split('\n', 1)[0] ?? '';
    const more = `${first.length < text.length ? ` ${look.theme.signs.ellipsis}` : ''}${attachments.length === 0 ? '' : ` [${attachments.join(', ')}]`}`;
    return cutLine([toSpan(`${signsOf(look.theme).input} ${first}${more}`, look, 'dim')], { width: look.width, sign: look.theme.signs.ellipsis });
  });
  return shown.length === queue.length || rows === 0 ? lines : [...lines, [toSpan(`  and ${queue.length - shown.length} more`, look, 'dim')]];
}
