#!/usr/bin/env node
// Old syntax on purpose: this file must run, and explain itself, on any Node.
'use strict';

var path = require('node:path');
var fs = require('node:fs');
var url = require('node:url');

var major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error('spillway needs Node 24 or newer; this is Node ' + process.versions.node + '.');
  process.exit(1);
}

// A checkout runs its sources; an installed package its build, because Node strips no types below node_modules.
var source = path.join(__dirname, 'main.ts');
var built = path.join(__dirname, '..', '..', 'dist', 'cli', 'main.js');
void import(url.pathToFileURL(fs.existsSync(source) ? source : built).href).then(function (cli) {
  return cli.main(process.argv.slice(2));
});
