// Plain old JavaScript, too: runs in whatever Node the user has.
var path = require('path');
var fs = require('fs');
var spawn = require('child_process').spawn;

exports.run = function run(file, args) {
  var node = path.join(__dirname, '..', 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!fs.existsSync(node)) {
    process.stderr.write('pith needs Node 22.18 or newer; this is ' + process.versions.node + '. Get one from https://nodejs.org, or with: npm install -g node@24\n');
    process.exit(2);
  }
  var child = spawn(node, [file].concat(args), { stdio: 'inherit' });
  var signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  signals.forEach(function (signal) {
    // A terminal tells the whole group; what is sent to us alone is passed on.
    process.on(signal, function () { if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal); });
  });
  child.on('exit', function (code, signal) {
    process.exit(signal ? 128 + require('os').constants.signals[signal] : code);
  });
};
