#!/usr/bin/env node
// Old syntax on purpose: this file must run, and explain itself, on any Node.
'use strict';

var path = require('node:path');
var fs = require('node:fs');
var os = require('node:os');
var url = require('node:url');

var major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error('spillway needs Node 24 or newer; this is Node ' + process.versions.node + '.');
  process.exit(1);
}

/**
 * Keeps what Node compiles, so that the next start takes two thirds of the time, from sources half of it. NODE_COMPILE_CACHE names another
 * folder, NODE_DISABLE_COMPILE_CACHE=1 none. Never throws: where the folder cannot be made or written, each start compiles anew.
 */
function keepCompiled() {
  if (process.env.NODE_COMPILE_CACHE || process.env.NODE_DISABLE_COMPILE_CACHE) return;
  try {
    // Node's own choice is the temporary folder, where whoever comes first may put code for others to run. The home is the system's
    // word, and not HOME's, which under sudo may be somebody else's.
    var folder = path.join(os.userInfo().homedir, '.cache', 'spillway');
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    require('node:module').enableCompileCache(folder);
  } catch {
    // Nobody needs to know.
  }
}

keepCompiled();
// A checkout runs its sources; an installed package its build, because Node strips no types below node_modules.
var source = path.join(__dirname, 'main.ts');
var built = path.join(__dirname, '..', '..', 'dist', 'cli', 'main.js');
void import(url.pathToFileURL(fs.existsSync(source) ? source : built).href).then(function (cli) {
  return cli.main(process.argv.slice(2));
});
