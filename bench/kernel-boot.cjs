// Imports the kernel and boots it on the built bundle, as src/host.ts does.
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');

const root = dirname(__dirname);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const toUrl = (...parts) => pathToFileURL(join(...parts)).href;
const kernelUrl = toUrl(root, 'src/kernel/dist/index.js');
const kernelCodeUrl = toUrl(root, 'src/kernel/dist/index.code.cjs');

/** With the shipped plugins. */
exports.bootShipped = () => {
  let shipped;
  return boot(read(join(root, 'package.json')).oclif.plugins.flatMap((name) => {
    const { pith } = read(join(root, 'node_modules', name, 'package.json'));
    return pith === undefined ? [] : [{ ...pith, name, load: async () => ({ default: (await (shipped ??= import(toUrl(root, 'dist/shipped.js')))).default[name].definition }) }];
  }));
};

/** With the plugins that oclif found in the data folder. */
exports.bootInstalled = ({ plugins }) => {
  const installed = [...plugins.values()].filter(({ pjson: { pith } }) => pith !== undefined);
  if (installed.length === 0) throw new Error('oclif found none of the installed plugins');
  return boot(installed.map(({ name, root: folder, pjson: { pith } }) => ({ ...pith, name, load: () => import(toUrl(folder, pith.plugin)) })));
};

/** By itself. */
exports.bootBare = () => boot([]);

async function boot(sources) {
  require('node:module').registerHooks({ resolve: (specifier, context, next) => (specifier === '@pith/kernel' ? { url: [...context.conditions].includes('require') ? kernelCodeUrl : kernelUrl, shortCircuit: true } : next(specifier, context)) });
  const { createKernel } = await import(kernelUrl);
  const kernel = await createKernel({ plugins: sources });
  const failed = kernel.plugins.find(({ state }) => state === 'failed');
  if (failed !== undefined) throw new Error(failed.error.message);
}
