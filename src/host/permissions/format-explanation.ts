import { escapeControl, type PermissionExplanation } from '@pith/kernel';
import { formatParagraph, screenWidth } from '@pith/table';

const VERDICTS = { allow: 'is allowed', ask: 'asks', deny: 'is refused' } as const;

/** The verdict first, then what it is made of. Nothing is cut: what is cut could be what mattered. */
export function formatExplanation({ call, mode, verdict, rule, source, reason, parts, tried, withoutRules }: PermissionExplanation, width = screenWidth()): string {
  const entry = (label: string, text: string): string => formatParagraph(text, width, `  ${label.padEnd(6)}`);
  const isOne = parts.length === 1;
  const rules = Map.groupBy(tried, (each) => JSON.stringify([each.list, each.rule, each.source]));
  const shownRules = [...rules.values()].map((same) => entry(same[0]!.list, [
    `${toRuleText(same[0]!)}${isOne ? `: ${same[0]!.why}` : ''}`,
    ...(isOne ? [] : same.map(({ part, why }) => `· ${part}: ${why}`)),
  ].join('\n')));
  return [
    escapeControl(call, { lines: true }),
    formatParagraph(`In mode ${mode} it ${VERDICTS[verdict]}${rule === null ? '' : `, by the rule ${toRuleText({ rule, source })}`}: ${reason}`, width, ''),
    ...(isOne ? [] : [[formatParagraph('Its parts, of which the strictest decides:', width, ''), ...parts.map((part) => entry(part.verdict, `${part.text}: ${part.reason}${part.rule === null ? '' : `, by ${toRuleText({ rule: part.rule, source: part.source })}`}`))].join('\n')]),
    tried.length === 0 ? 'There are no rules.' : [formatParagraph('Every rule, in the order in which they are asked:', width, ''), ...shownRules].join('\n'),
    ['Without any rule:', ...withoutRules.map((part) => entry(part.verdict, `${isOne ? '' : `${part.text}: `}${part.reason}`))].join('\n'),
    formatParagraph('Other plugins may be stricter: pith hooks list shows who is asked, pith hooks explain what each said of a call that was made.', width, ''),
  ].join('\n\n');
}

function toRuleText({ rule, source }: { rule: string; source: string | null }): string {
  return source === null ? rule : `${rule} [${source}]`;
}
