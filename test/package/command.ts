/** Programs run from tests, as a user runs them: without what vitest and npm put into the environment. */
import { execFile } from 'node:child_process'

export interface Outcome {
  readonly code: number | string
  readonly output: string
}

export const GREEN = 0

const TIMEOUT_MS = 240_000

export function command(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { cwd, env: { ...environment(), ...env }, maxBuffer: 1 << 26, timeout: TIMEOUT_MS },
      (error, stdout, stderr) => {
        resolve({ code: error ? (error.code ?? error.signal ?? 'unknown') : GREEN, output: `${stdout}${stderr}` })
      },
    )
    child.stdin?.end()
  })
}

/** Of npm, its configuration stays: that is where its registry and its certificates are. */
function environment(): NodeJS.ProcessEnv {
  const ours =
    /^(?:VITEST|NODE_ENV$|TEST$|DEV$|PROD$|SSR$|MODE$|BASE_URL$|INIT_CWD$|NODE_OPTIONS$|npm_(?:package|lifecycle|command|config_local_prefix|execpath|node_execpath))/
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name))
  return { ...Object.fromEntries(kept), NO_COLOR: '1', CI: 'true' }
}
