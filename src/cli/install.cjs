// Installs what is missing before `npm start` and `npm test`. Old syntax and no dependency: it runs on a bare clone, on any Node.
'use strict';

var childProcess = require('node:child_process');
var fs = require('node:fs');
var path = require('node:path');

var root = path.join(__dirname, '..', '..');
var stamp = path.join(root, 'node_modules', '.package-lock.json');
var lockfile = path.join(root, 'package-lock.json');

/** npm writes the stamp last, so an interrupted install has none. */
function upToDate() {
  try {
    if (fs.statSync(stamp).mtimeMs < fs.statSync(lockfile).mtimeMs) return false;
    // Where the platform has no package of its own for it, there is no such file, and a new enough system Node does.
    var windows = process.platform === 'win32';
    var node = path.join(root, 'node_modules', '.bin', windows ? 'node.cmd' : 'node');
    if (!fs.existsSync(node)) return systemMajor() >= 24;
    return major(childProcess.spawnSync(node, ['--version'], { encoding: 'utf8', shell: windows }).stdout) >= 24;
  } catch {
    return false;
  }
}

function major(version) {
  return Number((/^v(\d+)/.exec(version || '') || [0, 0])[1]);
}

/** The Node that npm itself runs on, whatever stands in node_modules/.bin. */
function systemMajor() {
  var node = process.env.npm_node_execpath || process.execPath;
  return major(childProcess.spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout);
}

function npm(args) {
  var environment = Object.assign({}, process.env);
  // A caller's `npm_config_omit` or production mode must not leave out what the scripts run on.
  Object.keys(environment).forEach(function (name) {
    if (/^npm_config_(omit|only|production|include|dev)$/i.test(name)) delete environment[name];
  });
  var cli = process.env.npm_execpath;
  var node = process.env.npm_node_execpath || process.execPath;
  var options = { cwd: root, env: environment, stdio: ['ignore', 'inherit', 'inherit'] };
  var result =
    cli && /\.c?js$/.test(cli)
      ? childProcess.spawnSync(node, [cli].concat(args), options)
      : childProcess.spawnSync('npm', args, Object.assign({ shell: process.platform === 'win32' }, options));
  return result.status === 0;
}

if (!upToDate()) {
  console.error('Installing what is missing ...');
  var installed = npm(['ci', '--include=dev', '--loglevel=error']);
  // The dev dependency `node` has an install script that may have no package for this platform; a new enough Node needs none.
  if (!installed && systemMajor() >= 24)
    installed = npm(['ci', '--include=dev', '--ignore-scripts', '--loglevel=error']);
  if (!installed) {
    console.error(
      'The dependencies could not be installed; see what npm says above. Node 24 or newer makes it easiest.',
    );
    process.exit(1);
  }
  // A fresh clone can carry a lockfile newer than what npm has just written.
  fs.utimesSync(stamp, new Date(), new Date());
}
