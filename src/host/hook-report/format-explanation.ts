import { escapeControl } from '@pith/kernel';
import { formatTable } from '@pith/table';
import type { Explanation } from './explain-call.ts';
import { shortPlace, tapName } from './list-taps.ts';
import { toClock } from './trace-report.ts';

const KINDS = { denied: 'a policy says no', failed: 'a guard could not judge it', declined: 'a person said no', 'nobody-to-ask': 'nobody could be asked' } as const;
const ENDS: Record<Explanation['status'], string> = { done: 'It ran.', error: 'It failed.', refused: 'It was refused and did not run.', interrupted: 'It was interrupted.', unfinished: 'It never ended: the turn broke off.' };

export function formatExplanation(call: Explanation, width?: number): string {
  const { callId, tool, sessionId, atMs, status, asked, changes, opinions, others, error, traced } = call;
  const table = opinions.length === 0 ? [] : [formatTable(['OPINION', 'TAP', 'REASON', 'RULE', 'FILE'], opinions.map(({ verdict, plugin, tap, reason, rule, source }) => [verdict, tapName({ plugin, tap }), reason ?? '', rule ?? '', source === null ? '' : shortPlace(source)]), width)];
  const shown = (sentence: string): string => escapeControl(sentence, { lines: true });
  return [
    shown(`Call ${callId} of ${tool}, ${toClock(atMs)}, session ${sessionId}`),
    shown(asked === null ? 'What it was asked to do was not kept.' : `Asked:   ${asked.name} ${toText(asked.input)}`),
    ...changes.map(({ before, after, ...who }) => shown(`Changed: by ${byline(who)}\n  before ${changedName(before.name, after.name)}${toText(before.input)}\n  after  ${changedName(after.name, before.name)}${toText(after.input)}`)),
    ...table,
    shown(toDecision(call)),
    ...others.map((other) => shown(toDeed(other))),
    shown(error === null ? ENDS[status] : `${ENDS[status]} ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`),
    ...(traced ? [] : ['The trace of that turn is not kept, so changes, and taps that had no opinion, are not known.']),
  ].join('\n\n');
}

function toDeed({ outcome, zone, error, ...who }: Explanation['others'][number]): string {
  const what = outcome === 'answered' ? 'Answered in its place' : outcome === 'changed' ? 'The result was changed' : `A wrap ${outcome.replace('-', ' ')}`;
  return `${what}: by ${byline(who)}, ${zone}${error === null ? '' : `: ${error}`}`;
}

function toDecision({ decision, opinions }: Explanation): string {
  if (decision === null) return 'Permission was not asked.';
  const { verdict, by, reason, rule, source, kind, askedPerson } = decision;
  const where = [rule === null ? '' : `rule ${rule}`, source ?? ''].filter((part) => part !== '').join(', ');
  const who = by === 'person' ? 'a person' : by === 'kernel' ? `the kernel${opinions.every((opinion) => opinion.verdict === 'none') ? ', since nobody had an opinion' : ''}` : by;
  return `${verdict === 'allow' ? 'Allowed' : 'Refused'}: by ${who}${kind === null ? '' : ` (${KINDS[kind]})`}: ${reason}${where === '' ? '' : ` [${where}]`}${askedPerson && by !== 'person' ? ', after a person was asked' : ''}`;
}

function byline({ plugin, tap, source }: { plugin: string; tap: string; source: string | null }): string {
  return `${tapName({ plugin, tap })}${source === null ? '' : ` (${shortPlace(source)})`}`;
}

/** The name of the tool, where a wrap has put another one in its place. */
function changedName(name: string, other: string): string {
  return name === other ? '' : `${name} `;
}

/** On one line, whole: what is cut could be what mattered. */
function toText(input: unknown): string {
  return typeof input === 'string' ? escapeControl(input) : JSON.stringify(input) ?? '';
}
