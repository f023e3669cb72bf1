import { type Config, EXIT, type Kernel, PithError } from '@pith/kernel';

/** An option of a plugin that does not fit, as the kernel reports it. */
interface Issue { path: readonly PropertyKey[]; message: string }

/**
 * A rule that cannot be read keeps the guard from loading. Whoever wrote it is told of the rule, not of the guard.
 * @throws PithError FLAG_INVALID, CONFIG_INVALID
 */
export function checkRules({ plugins }: Kernel, { rules }: Config): void {
  const details = plugins.find(({ name }) => name === 'permissions')?.error?.details;
  for (const { path: [kind, index], message } of (details?.['issues'] ?? []) as readonly Issue[]) {
    const found = typeof index === 'number' ? rules[kind as keyof Config['rules']]?.[index] : undefined;
    if (found === undefined) continue;
    const { source } = found;
    const sentence = `${source}: ${message.replace(` (${source})`, '')}`;
    if (source.startsWith('--')) throw new PithError(sentence, { code: 'FLAG_INVALID', exitCode: EXIT.usage, hint: `For example: ${source} "Bash(npm test)", ${source} "Edit(src/**)", ${source} Read` });
    throw new PithError(sentence, { code: 'CONFIG_INVALID', hint: `Mend the rule under permissions.${String(kind)} in that file.` });
  }
}
