// The entries of the plugins that come with pith as one module, for src/host/shipped.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const SHIPPED = 'pith:shipped';

/** An esbuild plugin that resolves SHIPPED: by package, the version that was bundled and its definition. */
export function shippedEntry(root) {
  const { oclif } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const packages = oclif.plugins.map((name) => JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'))).filter(({ pith }) => pith !== undefined);
  const contents = [
    ...packages.map(({ name }, index) => `import plugin${index} from ${JSON.stringify(name)};`),
    `export default {${packages.map(({ name, version }, index) => `${JSON.stringify(name)}: { version: ${JSON.stringify(version)}, definition: plugin${index} }`).join(', ')}};`,
  ].join('\n');
  return {
    name: 'shipped-entry',
    setup(bundle) {
      bundle.onResolve({ filter: new RegExp(`^${SHIPPED}$`) }, ({ path }) => ({ path, namespace: 'pith' }));
      bundle.onLoad({ filter: /.*/, namespace: 'pith' }, () => ({ contents, resolveDir: root }));
    },
  };
}
