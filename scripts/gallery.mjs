// Runs the gallery with the arguments that it is given, after installing its packages where they are missing.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { binary, root } from './binary.mjs'

const folder = join(root, 'examples/gallery')
const manifest = (...path) => JSON.parse(readFileSync(join(folder, ...path, 'package.json'), 'utf8'))

const isInstalled = ([name, version]) =>
  existsSync(join(folder, 'node_modules', name, 'package.json')) && manifest('node_modules', name).version === version

const run = (program, args, cwd, stdio = 'inherit') => spawnSync(program, args, { cwd, stdio }).status ?? 1

if (!Object.entries(manifest().dependencies).every(isInstalled)) {
  console.error('gallery: installing its packages (npm ci in examples/gallery)')
  // Standard output is for the result alone. None of the packages needs its install script.
  const stdio = ['ignore', process.stderr, 'inherit']
  // What `npm run` puts into the environment goes before the .npmrc there.
  const options = ['--engine-strict=false', '--loglevel=error', '--ignore-scripts', '--no-audit', '--no-fund']
  if (run('npm', ['ci', ...options], folder, stdio) !== 0) {
    console.error('gallery: npm ci in examples/gallery has failed')
    process.exit(2)
  }
}

process.exit(run(process.execPath, [binary('jiti', 'jiti'), join(folder, 'main.ts'), ...process.argv.slice(2)], root))
