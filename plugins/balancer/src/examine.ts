import { type ContributionContext, type Finding, toErrorReport } from '@pith/kernel';
import { KIND_WORDS, toShown, toStateText, toWord } from './account/shown.ts';

/** How the accounts are, for `pith doctor`. Nothing is made where there is none. */
export async function examine({ service }: Pick<ContributionContext, 'service'>): Promise<readonly Finding[]> {
  try {
    const { owners } = await (await service('database')).status();
    if (!owners.some(({ owner }) => owner === 'balancer')) return [NONE];
    const nowMs = Date.now();
    const accounts = (await (await service('balancer')).pool()).accounts.map((account) => toShown(account, nowMs));
    if (accounts.length === 0) return [NONE];
    const out = accounts.filter(({ state }) => state.kind !== 'active' && state.kind !== 'refreshing');
    const all: Finding = { level: out.length < accounts.length ? 'ok' : 'warning', text: `${accounts.length} account${accounts.length === 1 ? '' : 's'}, of which ${accounts.length - out.length} ${accounts.length - out.length === 1 ? 'takes' : 'take'} requests` };
    return [all, ...out.map(({ name, state }): Finding => ({
      level: state.kind === 'needs-sign-in' ? 'warning' : 'ok', text: `${name}: ${KIND_WORDS[state.kind]} ${toStateText(state, nowMs)}`,
      ...(state.kind === 'needs-sign-in' ? { hint: `pith accounts reauth ${toWord(name)}` } : {}),
    }))];
  } catch (error) {
    const { message, hint } = toErrorReport(error);
    return [{ level: 'error', text: message, ...(hint === undefined ? {} : { hint }) }];
  }
}

const NONE: Finding = { level: 'ok', text: 'no account yet; add one with: pith accounts add NAME' };
