// The first file of the process in which the examples of one hook file, or of one package, are run: what loops there
// without end takes nobody with it.
require('./main.js').mapHostImports();
import('../dist/hook-files/example-child.js').then(({ answer }) => process.once('message', answer));
