import type { ContributionContext, Finding } from '@pith/kernel';
import { Confinement } from './confinement.ts';
import type { SandboxOptions } from './options.ts';

/** Whether commands can be confined on this machine, and what to do where they cannot. */
export async function examine({ options, env }: Pick<ContributionContext, 'options' | 'env'>): Promise<readonly Finding[]> {
  const { network, required } = options as SandboxOptions;
  const confinement = new Confinement([], env);
  try {
    const found = await confinement.find();
    if (found.kind === 'none') return [{ level: required ? 'error' : 'warning', text: `there is no sandbox: ${found.missing}`, hint: found.hint }];
    if (found.kind === 'bubblewrap' && found.socat === undefined && network !== false) return [{ level: 'warning', text: 'commands run in bubblewrap, and reach no host without socat', hint: 'Install socat.' }];
    return [{ level: 'ok', text: found.kind === 'bubblewrap' ? 'commands run in bubblewrap' : 'commands run under sandbox-exec' }];
  } finally {
    await confinement.close();
  }
}
