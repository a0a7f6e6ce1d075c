// Builds dist/ with the local tsc. What an earlier build left behind is removed first, so that nothing stale is shipped.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { binary, root } from './binary.mjs'

const tsc = binary('typescript', 'tsc')
if (tsc === undefined) {
  // `npm ci --omit=dev` on a clone runs `prepare` too, and has no compiler.
  console.log('tailrace: typescript is not installed, so dist/ is not built')
  process.exit(0)
}

rmSync(join(root, 'dist'), { recursive: true, force: true })
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
const main = join(root, 'dist/src/cli/main.js')
if (existsSync(main)) chmodSync(main, 0o755)
// What the HTML report puts into the page as it is.
for (const file of ['client.js', 'page.css', 'timeline.css']) {
  const page = join('src/report/formats/html/page', file)
  cpSync(join(root, page), join(root, 'dist', page))
}
process.exit(status ?? 1)
