// Builds the dashboard into `dist/dashboard`, unless it is there already, made of the same sources. Old syntax and no dependency, because
// `install.cjs` loads it on any Node.
'use strict';

var childProcess = require('node:child_process');
var crypto = require('node:crypto');
var fs = require('node:fs');
var path = require('node:path');
var zlib = require('node:zlib');

var root = path.join(__dirname, '..', '..');
var target = path.join(root, 'dist', 'dashboard');
/** The file of a build with the digest of what it was made of. It is written last, so an interrupted build has none. */
var MARK = '.digest';
/** What a build is made of. */
var SOURCES = ['dashboard', 'client', 'package-lock.json', 'src/cli/build-dashboard.cjs'];

/** The files below a path, sorted; the path itself if it is a file. */
function filesOf(name) {
  if (!fs.statSync(name).isDirectory()) return [name];
  var names = fs.readdirSync(name);
  // oxlint-disable-next-line unicorn/no-array-sort -- an old Node has no other
  names.sort();
  return names.reduce(function (files, each) {
    return files.concat(filesOf(path.join(name, each)));
  }, []);
}

/** The digest of all sources: a newer time of a file, as after each checkout of a branch, is no reason to build again. */
function digestOfSources() {
  var hash = crypto.createHash('sha256');
  SOURCES.forEach(function (source) {
    filesOf(path.join(root, source)).forEach(function (file) {
      var content = fs.readFileSync(file);
      hash.update(path.relative(root, file) + '\0' + content.length + '\0').update(content);
    });
  });
  return hash.digest('hex');
}

function isFresh(digest) {
  try {
    return fs.readFileSync(path.join(target, MARK), 'utf8') === digest;
  } catch {
    return false;
  }
}

/** Puts compressed forms of a build's files beside them. The page has none: the gateway writes into it. */
function compress(folder) {
  filesOf(folder).forEach(function (file) {
    if (path.extname(file) === '.html') return;
    var content = fs.readFileSync(file);
    var params = {};
    params[zlib.constants.BROTLI_PARAM_QUALITY] = zlib.constants.BROTLI_MAX_QUALITY;
    params[zlib.constants.BROTLI_PARAM_SIZE_HINT] = content.length;
    fs.writeFileSync(file + '.br', zlib.brotliCompressSync(content, { params: params }));
    fs.writeFileSync(file + '.gz', zlib.gzipSync(content, { level: 9 }));
  });
}

/** The Node that Vite needs: the installed one, which may not be the one that runs this. */
function nodeOf() {
  var installed = path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return fs.existsSync(installed) ? installed : process.execPath;
}

/** Runs Vite. Whether it succeeded; its output says why not. */
function runVite(folder) {
  var vite = path.join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  var args = [vite, 'build', 'dashboard', '--outDir', folder, '--emptyOutDir', '--logLevel', 'warn'];
  var environment = Object.assign({}, process.env, { NODE_ENV: 'production' });
  var options = { cwd: root, env: environment, stdio: ['ignore', 'inherit', 'inherit'] };
  return childProcess.spawnSync(nodeOf(), args, options).status === 0;
}

/** Replaces the present build in one step: a gateway that runs reads the whole of one build or of the other. */
function replaceBy(folder) {
  var old = folder + '-old';
  if (fs.existsSync(target)) fs.renameSync(target, old);
  fs.renameSync(folder, target);
  fs.rmSync(old, { recursive: true, force: true });
}

/** Builds the dashboard if its build is missing or of other sources. Returns whether there is a build of the present sources. Never throws. */
function buildDashboard() {
  // Beside the build, because a folder can only be renamed within one file system.
  var folder = path.join(path.dirname(target), '.dashboard-' + process.pid);
  var digest;
  try {
    digest = digestOfSources();
    if (isFresh(digest)) return true;
    console.error('Building the dashboard ...');
    if (!runVite(folder)) return false;
    compress(folder);
    fs.writeFileSync(path.join(folder, MARK), digest);
    replaceBy(folder);
    return true;
  } catch (error) {
    // Another process may have built the same in the meantime.
    if (digest !== undefined && isFresh(digest)) return true;
    console.error(String(error));
    return false;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

module.exports = { buildDashboard: buildDashboard };

if (require.main === module && !buildDashboard()) process.exitCode = 1;
