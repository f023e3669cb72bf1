#!/usr/bin/env node
// Plain old JavaScript on purpose: an old Node must be able to read this far and be told what is missing.
var VERSION = '0.1.0';
var parts = process.versions.node.split('.').map(Number);
var args = process.argv;

/** What is printed here is printed without the rest of pith, which would say so itself. */
function sayFullDisk() {
  process.stdout.on('error', function (error) {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write('pith: Standard output cannot be written: ' + error.message + '\n');
    process.exit(1);
  });
}

if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 18)) {
  // In a clone npm has put a newer Node beside us; anywhere else the user has to.
  require('./newer-node.js').run(__filename, args.slice(2));
} else if (args.length === 3 && args[2] === '--version') {
  sayFullDisk();
  process.stdout.write('@pith/cli/' + VERSION + ' ' + process.platform + '-' + process.arch + ' node-v' + process.versions.node + '\n');
} else if (args.length === 3 && (args[2] === '--help' || args[2] === '-h' || args[2] === 'help') && require('./fast-help.js').print()) {
  sayFullDisk();
  process.exitCode = 0;
} else {
  require('./main.js').main(args.slice(2));
}
