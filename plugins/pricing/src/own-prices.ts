import { EXIT, loadConfig, type Paths, PithError } from '@pith/kernel';
import { optionsSchema, type PricingOptions } from './options.ts';

/**
 * The plugin's options as the administrator, the environment and the person have set them, for a command that opens no
 * kernel. Those of a project are left out: only the host knows whether its folder is trusted.
 * @throws PithError CONFIG_INVALID
 */
export async function readOwnPrices({ cwd, paths, env }: { cwd: string; paths: Paths; env: Readonly<Record<string, string | undefined>> }): Promise<PricingOptions> {
  const { settings } = await loadConfig({ cwd, paths, env, isTrusted: () => Promise.resolve(false) });
  const result = await optionsSchema['~standard'].validate(settings.plugins?.['pricing'] ?? {});
  if (result.issues === undefined) return result.value;
  const [{ message, path = [] }] = result.issues as [{ message: string; path?: string[] }];
  throw new PithError(`plugins.pricing${path.map((key) => `.${key}`).join('')} ${message}`, { code: 'CONFIG_INVALID', exitCode: EXIT.usage, hint: 'pith config shows every setting and where it came from.' });
}
