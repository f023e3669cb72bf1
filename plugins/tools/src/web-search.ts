import type { ToolDeclaration } from '@pith/kernel';
import type { SearchSource, ToolsOptions } from './options.ts';
import schemas from './schemas.json' with { type: 'json' };

/** The tool, where the options say what it may ask; otherwise there is none. */
export function webSearchTools({ webSearch }: ToolsOptions): readonly ToolDeclaration[] {
  if (webSearch === undefined) return [];
  return [{ name: 'web-search', description: 'Search the web.', effect: 'network', inputSchema: schemas['web-search'], timeoutMs: 60_000, load: () => loadSearch(webSearch) }];
}

async function loadSearch(source: SearchSource) {
  switch (source.kind) {
    case 'command': return (await import('./command-search.ts')).createCommandSearch(source.argv);
    case 'address': return (await import('./address-search.ts')).createAddressSearch(source);
  }
}
