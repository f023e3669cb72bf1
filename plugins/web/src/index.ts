import { definePlugin, type ToolDeclaration } from '@pith/kernel';
import { optionsSchema, type WebOptions } from './options.ts';

/** Fetches public web pages as text. A tool source, since where it may go is the plugin's option. */
export default definePlugin({
  name: 'web',
  options: optionsSchema,
  toolSources: [{ name: 'web', list: async (_signal, { options }) => [webFetch(options as WebOptions)] }],
});

const known = new WeakMap<WebOptions, ToolDeclaration>();

/** The same declaration for the same options, so that the list of tools stays the same from turn to turn. */
function webFetch(options: WebOptions): ToolDeclaration {
  let tool = known.get(options);
  if (tool === undefined) {
    tool = {
      name: 'web-fetch', effect: 'network', timeoutMs: 45_000,
      description: 'Fetch a public https page as text.',
      inputSchema: { type: 'object', properties: { url: { type: 'string' } }, required: ['url'], additionalProperties: false },
      load: async () => (await import('./web-fetch.ts')).createWebFetch(options),
    };
    known.set(options, tool);
  }
  return tool;
}
