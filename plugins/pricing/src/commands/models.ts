import { Command, Flags } from '@oclif/core';
import { type ModelFacts, resolvePaths } from '@pith/kernel';
import { formatModels } from '../format-models.ts';
import { readOwnPrices } from '../own-prices.ts';
import { selectModels } from '../select-models.ts';

export default class Models extends Command {
  static override summary = 'List the models that are known, with their limits and prices.';
  static override description = 'Lists models that can call tools, of those who make them. Prices are in dollars per million tokens, with the date as of which they hold; your own from the settings come first. Nothing is asked over the network.';
  static override enableJsonFlag = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    { description: 'Those of one provider', command: '<%= config.bin %> <%= command.id %> --provider openrouter' },
    { description: 'Everything that is known, for a program', command: '<%= config.bin %> <%= command.id %> --all --json' },
  ];
  static override flags = {
    provider: Flags.string({ summary: 'Only models of this provider.', helpValue: 'NAME' }),
    all: Flags.boolean({ char: 'a', summary: 'Also models that are not known to call tools, and all providers.' }),
  };

  async run(): Promise<ModelFacts[]> {
    const { flags } = await this.parse(Models);
    const own = await readOwnPrices({ cwd: process.cwd(), paths: resolvePaths(process.env, this.config), env: process.env });
    const { createPricing } = await import('../pricing.ts');
    const models = selectModels(await createPricing(own).listModels(), flags);
    this.log(models.length === 0 ? `No model of ${flags.provider} is known to call tools. All that are known: pith models --provider ${flags.provider} --all` : formatModels(models, process.stdout.columns || 120));
    return models;
  }
}
