import { type Config, EXIT, PithError } from '@pith/kernel';

/**
 * A mode that an administrator has ruled out is not quietly another one.
 * @throws PithError FLAG_INVALID, CONFIG_INVALID
 */
export function checkMode({ settings: { mode }, origins, restrictions: { forbidBypass } }: Pick<Config, 'settings' | 'origins' | 'restrictions'>): void {
  if (mode !== 'bypassPermissions' || forbidBypass === undefined) return;
  const { layer, file } = origins['mode']!;
  const isFlag = layer === 'command line';
  throw new PithError(`${isFlag ? '--mode' : file ?? 'PITH_MODE'}: mode bypassPermissions is not allowed on this machine (${forbidBypass})`, {
    code: isFlag ? 'FLAG_INVALID' : 'CONFIG_INVALID', exitCode: EXIT.usage, hint: 'Use another mode: default, acceptEdits, plan, dontAsk.',
  });
}
