#!/usr/bin/env node
// Old syntax on purpose: this file must run on any Node, to print which version is needed.
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
 * Enables Node's compile cache, with which a start takes two thirds of the time, from TypeScript sources half of it. NODE_COMPILE_CACHE selects
 * another folder, NODE_DISABLE_COMPILE_CACHE=1 disables it. Never throws: without a writable folder each start compiles again.
 */
function enableCompileCache() {
  if (process.env.NODE_COMPILE_CACHE || process.env.NODE_DISABLE_COMPILE_CACHE) return;
  try {
    // Not in the temporary folder, which is Node's default: another user could create it first and plant code there. The home comes from
    // the system's user database, because under sudo HOME may be another user's.
    var folder = path.join(os.userInfo().homedir, '.cache', 'spillway');
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    require('node:module').enableCompileCache(folder);
  } catch {
    // The cache is an optimisation.
  }
}

enableCompileCache();
// A checkout runs its sources. An installed package runs its build, because Node strips no types below node_modules.
var source = path.join(__dirname, 'main.ts');
var built = path.join(__dirname, '..', '..', 'dist', 'cli', 'main.js');
void import(url.pathToFileURL(fs.existsSync(source) ? source : built).href).then(function (cli) {
  return cli.main(process.argv.slice(2));
});
