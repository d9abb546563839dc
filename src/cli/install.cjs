// Installs the dependencies before `npm start` and `npm test`, if they are not up to date, and builds the dashboard likewise. Old syntax and no dependency, because it runs on a
// fresh clone, on any Node.
'use strict';

var childProcess = require('node:child_process');
var fs = require('node:fs');
var path = require('node:path');

var root = path.join(__dirname, '..', '..');
var stamp = path.join(root, 'node_modules', '.package-lock.json');
var lockfile = path.join(root, 'package-lock.json');

/** Whether the installed dependencies match the lockfile. npm writes the stamp last, so an interrupted install has none. */
function upToDate() {
  try {
    if (fs.statSync(stamp).mtimeMs < fs.statSync(lockfile).mtimeMs) return false;
    // The dev dependency `node` has no package for some platforms; there the system's Node is used if it is new enough.
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

/** The major version of the Node that npm runs on, which is not the one in node_modules/.bin. */
function systemMajor() {
  var node = process.env.npm_node_execpath || process.execPath;
  return major(childProcess.spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout);
}

function npm(args) {
  var environment = Object.assign({}, process.env);
  // `npm_config_omit` or production mode in the environment must not skip the dev dependencies, which the scripts need.
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
  console.error('Installing dependencies ...');
  var installed = npm(['ci', '--include=dev', '--loglevel=error']);
  // The install script of the dev dependency `node` fails on platforms without a package; a new enough system Node does not need it.
  if (!installed && systemMajor() >= 24)
    installed = npm(['ci', '--include=dev', '--ignore-scripts', '--loglevel=error']);
  if (!installed) {
    console.error(
      'The dependencies could not be installed; see the output of npm above. Node 24 or newer is recommended.',
    );
    process.exit(1);
  }
  // In a fresh clone the lockfile can be newer than the stamp that npm has just written.
  fs.utimesSync(stamp, new Date(), new Date());
}

// The gateway serves all else without it, and a page at /ui/ that says how to build it.
if (!require('./build-dashboard.cjs').buildDashboard())
  console.error('The dashboard could not be built; see the output above. `npm run build` tries again.');
