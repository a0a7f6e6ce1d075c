// Completes package-lock.json after `npm install` against a registry that has native packages for this platform only.
// npm leaves out the optional packages that it could not look up, and `npm ci` then refuses the lockfile everywhere.
// Their versions are exact in the packages that want them, and their platform is in their name. No hash is known here:
// npm adds it when it next writes the file with a full registry.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './binary.mjs'

const OS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32']
const CPU = ['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64']
const LIBC = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl' }

for (const name of ['package-lock.json', 'examples/gallery/package-lock.json']) {
  const added = complete(join(root, name))
  console.log(added.length > 0 ? `${name}: added\n  ${added.join('\n  ')}` : `${name} is complete`)
}

/** The packages that were missing. */
function complete(file) {
  const lock = JSON.parse(readFileSync(file, 'utf8'))
  const added = []
  for (const parent of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      if (Object.keys(lock.packages).some((path) => path.endsWith(`node_modules/${name}`))) continue
      lock.packages[`node_modules/${name}`] = entry(name, version, parent)
      added.push(name)
    }
  }
  if (added.length > 0) {
    lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
    writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
  }
  return added
}

function entry(name, version, { dev }) {
  const words = name.split('/').at(-1).split('-')
  const os = words.find((word) => OS.includes(word))
  const cpu = words.find((word) => CPU.includes(word))
  const libc = os === 'linux' ? words.map((word) => LIBC[word]).find(Boolean) : undefined
  if (!/^\d+\.\d+\.\d+\S*$/.test(version) || !os || !cpu) throw new Error(`cannot tell the version or the platform of ${name}@${version}`)
  return { version, cpu: [cpu], ...(dev && { dev }), ...(libc && { libc: [libc] }), optional: true, os: [os] }
}
