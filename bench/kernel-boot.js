// What it costs to import the kernel and boot it with the shipped plugins, in a fresh process, on the built bundle.
const { existsSync, readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');
require('node:module').enableCompileCache(process.argv[2]);

const root = dirname(__dirname);
const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const sources = read(join(root, 'package.json')).oclif.plugins.flatMap((name) => {
  const folder = join(root, 'node_modules', name);
  const { pith } = read(join(folder, 'package.json'));
  return pith === undefined || !existsSync(join(folder, pith.plugin)) ? [] : [{ name, load: () => import(pathToFileURL(join(folder, pith.plugin)).href), ...pith, plugin: undefined }];
});

(async () => {
  const startMs = performance.now();
  const { createKernel } = await import(pathToFileURL(join(root, 'src/kernel/dist/index.js')).href);
  const importedMs = performance.now();
  const kernel = await createKernel({ plugins: sources });
  const bootedMs = performance.now();
  const failed = kernel.plugins.filter(({ state }) => state === 'failed');
  if (failed.length > 0) throw new Error(failed[0].error.message);
  process.stdout.write(JSON.stringify({ plugins: sources.length, importMs: importedMs - startMs, bootMs: bootedMs - importedMs }));
  process.exit(0);
})();
