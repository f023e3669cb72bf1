import { definePlugin } from '@pith/kernel';

export default definePlugin({
  name: 'scripted',
  providers: [{
    name: 'scripted',
    models: ['offline'],
    serves: (model) => model.endsWith('.json'),
    rank: -100,
    load: async () => (await import('./provider.ts')).createScriptedProvider(),
  }],
});
