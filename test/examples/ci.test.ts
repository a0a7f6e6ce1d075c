/**
 * The CI recipes, as far as they go without their service: the YAML is parsed, and its shell lines are run with bash in a
 * project, with the variables that the engine sets. Installing and the engine's own steps are not.
 */
import { spawn } from 'node:child_process'
import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { project, root, tailrace } from '../cli/tailrace.js'

const MODEL = `
import { defineConfig, InMemoryStreamRepository, literalDollar, snapshotCursor } from 'tailrace'
const open = ({ memory }) => new InMemoryStreamRepository({ stream: memory, clock: null })
const frames = { entryOf: (f) => (f.type === 'entry' ? f : undefined), isAnnouncement: (f) => f.type === 'connected' }
`
const configOf = (consume: string) =>
  `${MODEL}export default defineConfig({ bursts: 5, subjects: [{ name: 'events', store: 'memory', open, consume: ${consume}, ...frames }] })`
const GOOD = { 'tailrace.config.ts': configOf('snapshotCursor') }
const BAD = { 'tailrace.config.ts': configOf('literalDollar') }

interface Outcome {
  readonly code: number | null
  readonly output: string
}

/** As an engine does it: stops at the first line that fails. `npx tailrace` is the built command, `npm ci` does nothing. */
async function bash(cwd: string, script: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const bin = join(cwd, '.bin')
  await mkdir(bin, { recursive: true })
  const programs = {
    npx: `[ "$1" = tailrace ] || exit 99\nshift\nexec "${process.execPath}" "${join(root, 'dist/src/cli/main.js')}" "$@"`,
    npm: '[ "$1" = ci ] || exit 99',
    // What it would post is kept beside what it was asked.
    gh: 'echo "$@" > asked.txt; cp comment.md posted.md',
  }
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${text}\n`)
    await chmod(join(bin, name), 0o755)
  }
  const child = spawn('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script], {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env, PATH: `${bin}:${process.env['PATH']}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })))
}

const recipe = async (file: string) => parse(await readFile(join(root, file), 'utf8'))

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
}

describe('action.yml', () => {
  const steps = async (): Promise<readonly Step[]> => (await recipe('action.yml')).runs.steps
  const run = async (cwd: string, inputs: Readonly<Record<string, string>> = {}, env: Readonly<Record<string, string>> = {}) => {
    const declared = (await recipe('action.yml')).inputs as Record<string, { readonly default: string }>
    for (const name of Object.keys(inputs)) expect(declared).toHaveProperty([name])
    const valueOf = (text: string) =>
      text.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, name: string) => inputs[name] ?? declared[name]!.default)
    const last = (await steps()).at(-1)!
    const given = Object.fromEntries(Object.entries(last.env!).map(([name, text]) => [name, valueOf(text)]))
    return bash(cwd, last.run!, { ...given, ...env })
  }

  it('caches npm, installs, and uploads nothing; inputs are in no script', async () => {
    const all = await steps()
    expect(all.map(({ uses, run }) => uses ?? run!.split('\n')[0])).toEqual(['actions/setup-node@v4', 'npm ci', 'args=()'])
    expect(all[0]!.with).toMatchObject({ cache: 'npm' })
    for (const { run = '' } of all) expect(run).not.toContain('${{')
  })

  it('runs the suite, annotates, and writes the summary', async () => {
    const cwd = await project({ ...BAD, 'summary.md': '' })
    const { code, output } = await run(cwd, { profile: 'smoke', subjects: 'events' }, { GITHUB_STEP_SUMMARY: join(cwd, 'summary.md') })
    expect(code).toBe(1)
    expect(output).toContain('::error file=tailrace.config.ts,line=5')
    expect(await readFile(join(cwd, 'summary.md'), 'utf8')).toContain('## ✗ tailrace: failed')
  })

  it('takes a configuration, reporters, and a Redis', async () => {
    const cwd = await project({ 'a b/races.ts': GOOD['tailrace.config.ts'] })
    expect(await run(cwd, { config: 'a b/races.ts', profile: 'smoke', reporters: 'json=out/r.json,junit=j.xml' })).toMatchObject({
      code: 0,
    })
    expect(await readdir(join(cwd, 'out'))).toEqual(['r.json'])
    const config = GOOD['tailrace.config.ts'].replace("'memory'", "'redis'")
    const { code, output } = await run(await project({ 'tailrace.config.ts': config }), {
      profile: 'smoke',
      'redis-url': 'redis://127.0.0.1:1',
    })
    expect({ code, output }).toMatchObject({ code: 2, output: expect.stringContaining('127.0.0.1:1') })
  })

  it('explores the shards of the matrix, which merge to the whole', async () => {
    const cwd = await project(GOOD)
    const { jobs } = await recipe('examples/ci/github-shards.yml')
    for (const shard of jobs.explore.strategy.matrix.shard as string[]) expect((await run(cwd, { subjects: 'events', shard })).code).toBe(0)
    const last = (jobs.merge.steps as Step[]).at(-1)!.run!
    await bash(cwd, 'mkdir certificates && cp .tailrace/certificate-*.json certificates')
    expect(await bash(cwd, last)).toMatchObject({ code: 0, output: expect.stringContaining('shards 1/4 2/4 3/4 4/4') })
    expect(JSON.parse(await readFile(join(cwd, 'certificate.json'), 'utf8'))).toMatchObject({ complete: true })
  })

  it('has every input that the recipes give it', async () => {
    const { inputs } = await recipe('action.yml')
    for (const file of ['examples/ci/github.yml', 'examples/ci/github-shards.yml']) {
      const { jobs } = await recipe(file)
      const uses = Object.values(jobs as Record<string, { readonly steps: readonly Step[] }>).flatMap(({ steps }) => steps)
      const ours = uses.filter((step) => step.uses?.includes('/tailrace@'))
      expect(ours.length).toBeGreaterThan(0)
      for (const step of ours) expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(step.with!)))
    }
  })
})

describe('a pull request', () => {
  it('runs in parts, and gets one comment on the whole', async () => {
    const { jobs } = await recipe('examples/ci/github-pull-request.yml')
    const scripts = (job: string) => (jobs[job].steps as Step[]).flatMap(({ run }) => run ?? [])
    const [, part] = scripts('part') as [string, string]
    const [, verdict] = scripts('verdict') as [string, string]
    for (const [config, code, says] of [
      [GOOD, 0, '✓ tailrace'],
      [BAD, 1, '✗ tailrace'],
    ] as const) {
      const cwd = await project(config)
      for (const SHARD of jobs.part.strategy.matrix.shard as string[]) expect((await bash(cwd, part, { SHARD })).code).toBe(0)
      await bash(cwd, 'mkdir parts && mv part-*.json parts')
      expect((await bash(cwd, verdict, { PULL_REQUEST: '7' })).code).toBe(code)
      expect(await readFile(join(cwd, 'asked.txt'), 'utf8')).toContain('pr comment 7 --body-file comment.md')
      expect(await readFile(join(cwd, 'posted.md'), 'utf8')).toContain(says)
    }
  }, 60_000)
})

/** Every part, with what the engine sets for it, and then what joins them. */
async function shards(part: string, join: string, variables: (index: number) => Readonly<Record<string, string>>, before = '') {
  const cwd = await project(GOOD)
  await bash(cwd, before)
  for (let index = 0; index < 4; index++) {
    const { code, output } = await bash(cwd, part, variables(index))
    expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining(`shard ${index + 1}/4, from`) })
  }
  expect(await bash(cwd, join)).toMatchObject({ code: 0, output: expect.stringContaining('shards 1/4 2/4 3/4 4/4') })
}

describe('GitLab', () => {
  it('runs the suite, and writes what the job collects', async () => {
    const { races, default: common } = await recipe('examples/ci/gitlab-ci.yml')
    const cwd = await project(BAD)
    const { code } = await bash(cwd, [...common.before_script, ...races.script].join('\n'))
    expect(code).toBe(1)
    const written = await readdir(cwd)
    expect(written).toEqual(expect.arrayContaining([races.artifacts.reports.junit, 'report.json', '.tailrace']))
  })

  it('explores in as many parts as it has jobs', async () => {
    const { explore, merge } = await recipe('examples/ci/gitlab-ci.yml')
    expect(explore.parallel).toBe(4)
    await shards(explore.script.join('\n'), merge.script.join('\n'), (index) => ({ CI_NODE_INDEX: `${index + 1}`, CI_NODE_TOTAL: '4' }))
  })
})

it('has a Redis for every job that runs something, for most subjects need one', async () => {
  const gitlab = await recipe('examples/ci/gitlab-ci.yml')
  expect(gitlab).toMatchObject({ default: { services: ['redis:7'] }, variables: { REDIS_URL: 'redis://redis:6379' } })
  const { explore } = (await recipe('examples/ci/circleci.yml')).jobs
  expect(explore).toMatchObject({ docker: [{}, { image: 'redis:7' }], environment: { REDIS_URL: 'redis://127.0.0.1:6379' } })
  const { jobs } = await recipe('examples/ci/github-shards.yml')
  expect(jobs.explore.services.redis.image).toBe('redis:7')
  expect(jobs.explore.steps[1].with['redis-url']).toBe('redis://127.0.0.1:6379')
})

describe('CircleCI', () => {
  it('explores in as many parts as it has containers', async () => {
    const { explore, merge } = (await recipe('examples/ci/circleci.yml')).jobs
    const linesOf = ({ steps }: { readonly steps: readonly (string | Step)[] }) =>
      steps.flatMap((step) => (typeof step === 'object' && step.run !== undefined ? [step.run] : [])).join('\n')
    expect(explore.parallelism).toBe(4)
    await shards(linesOf(explore), linesOf(merge), (index) => ({ CIRCLE_NODE_INDEX: `${index}`, CIRCLE_NODE_TOTAL: '4' }))
  })

  it('keeps the certificate of a part that found something', async () => {
    const { explore } = (await recipe('examples/ci/circleci.yml')).jobs
    const part = (explore.steps as Step[]).find(({ run }) => run?.includes('explore'))!.run!
    await goesOn(part, (index) => ({ CIRCLE_NODE_INDEX: `${index}`, CIRCLE_NODE_TOTAL: '2' }))
  })
})

/** Two parts that find something do not fail: what is merged from them does. */
async function goesOn(part: string, variables: (index: number) => Record<string, string>) {
  const cwd = await project(BAD)
  await bash(cwd, 'mkdir certificates')
  for (const index of [0, 1]) expect((await bash(cwd, part, variables(index))).code).toBe(0)
  expect((await bash(cwd, 'npx tailrace merge certificates/*.json')).code).toBe(1)
}

describe('Kubernetes', () => {
  it('has no part that ends the others because it found something', async () => {
    const { spec } = await recipe('examples/ci/kubernetes-job.yaml')
    const part = (spec.template.spec.containers[0].args as string[]).join('\n')
    const parts = { CERTIFICATES: 'certificates', JOB_COMPLETIONS: '2' }
    await goesOn(part, (index) => ({ ...parts, JOB_COMPLETION_INDEX: `${index}` }))
  })

  it('explores in as many parts as the Job has completions', async () => {
    const { spec } = await recipe('examples/ci/kubernetes-job.yaml')
    const [container] = spec.template.spec.containers
    const env = Object.fromEntries((container.env as { name: string; value: string }[]).map(({ name, value }) => [name, value]))
    expect(spec).toMatchObject({ completionMode: 'Indexed', completions: Number(env['JOB_COMPLETIONS']) })
    expect(container.command).toEqual(['sh', '-c'])
    const part = (container.args as string[]).join('\n')
    const variables = (index: number) => ({ ...env, CERTIFICATES: 'certificates', JOB_COMPLETION_INDEX: `${index}` })
    await shards(part, 'npx tailrace merge certificates/*.json', variables, 'mkdir certificates')
  })
})

describe('the plain script', () => {
  const script = join(root, 'examples/ci/check.sh')

  it('fails as the run does where there is nothing to compare with', async () => {
    expect((await bash(await project(GOOD), script)).code).toBe(0)
    expect((await bash(await project(BAD), script)).code).toBe(1)
  })

  it('fails for what is new, and not for what was there', async () => {
    const [before, after] = [await project(GOOD), await project(BAD)]
    for (const cwd of [before, after]) await tailrace(cwd, 'run', '--json', 'base.json')
    const old = await bash(after, script)
    expect(old).toMatchObject({ code: 0, output: expect.stringContaining('nothing changed') })
    await writeFile(join(after, 'base.json'), await readFile(join(before, 'base.json')))
    expect(await bash(after, script)).toMatchObject({ code: 1, output: expect.stringContaining('✗ 1 new') })
    expect(await readFile(join(after, 'changes.md'), 'utf8')).toContain('## ✗ tailrace')
  })
})
