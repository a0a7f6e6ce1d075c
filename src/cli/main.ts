#!/usr/bin/env node
/**
 * The command line. Exit codes: 0 valid, 1 invalid, 2 unknown or could not run, 130 interrupted.
 *
 * Commands are loaded on use, so that `--help` costs nothing.
 */
import { Command, InvalidArgumentError, Option } from 'commander'
import { REPORTER_NAMES, REPORTER_OPTIONS } from '../report/reporters.js'
import { msFrom } from '../run/time-budget.js'
import { MAX_CATCH_UP_MS } from '../subject/wire-subject.js'
import { version } from '../version.js'
import { endureClosedPipes, exitWith, noteStrays } from './exit.js'

const integer =
  (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  (text: string) => {
    const number = Number(text)
    if (!Number.isSafeInteger(number) || number < minimum) throw new InvalidArgumentError(`expected a whole number of at least ${minimum}`)
    if (number > maximum) throw new InvalidArgumentError(`expected a whole number of at most ${maximum}`)
    return number
  }
const list = (text: string, before: readonly string[] = []) => [...before, ...text.split(',').map((part) => part.trim())]

const shard = (text: string) => {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(text) ?? []
  if (index === undefined || Number(index) < 1 || Number(index) > Number(of))
    throw new InvalidArgumentError('expected i/n, with i from 1 to n')
  return { index: Number(index) - 1, of: Number(of) }
}

const duration = (text: string) => {
  const ms = msFrom(text)
  if (ms === undefined) throw new InvalidArgumentError('expected a number with its unit, such as 500ms, 30s, 5m or 1h')
  return ms
}

/** `html, markdown or json` */
const reporters = `${REPORTER_NAMES.slice(0, -1).join(', ')} or ${REPORTER_NAMES.at(-1)!}`

const program = new Command('tailrace')
  .description('Reproduces races in stream consumers deterministically.')
  .version(version)
  .showHelpAfterError('(tailrace --help shows what there is)')
  .showSuggestionAfterError()
  .addHelpText('after', '\nExit codes: 0 valid · 1 invalid · 2 unknown, or could not run · 130 interrupted')

const command = (name: string, description: string) => program.command(name).description(description).exitOverride(failUsage)

function failUsage(error: { exitCode: number }): never {
  process.exit(error.exitCode === 0 ? 0 : 2)
}
program.exitOverride(failUsage)

/** What `run` and `wire` have in common. */
function withReporters(asked: Command): Command {
  asked.option('--reporter <format[=file]>', `write a report: ${reporters}; several with commas`, list)
  for (const name of REPORTER_OPTIONS) asked.option(`--${name} <file>`, `short for --reporter ${name}=<file>`)
  return asked
}

/** A path may have a comma in it: it is given again for another. */
const each = (text: string, before: readonly string[] = []) => [...before, text]
const TIME = [
  '--time <duration>',
  'go on with bursts until so much time is over, for all subjects together: 500ms, 30s, 5m, 1h',
  duration,
] as const
const SCHEDULE = ['--schedule <file>', 'a module with scenarios of your own, to run beside the others; may be given again', each] as const

const run = command('run', 'run every scenario and the bursts on every subject of the configuration')
  .option('-c, --config <file>', 'the configuration (default: tailrace.config.ts)')
  .option('-s, --subject <name>', 'only this subject; several with commas', list)
  .option('--scenario <name>', 'only this scenario, and no bursts unless --runs or --time is given; several with commas', list)
  .option(...SCHEDULE)
  .option('--seed <number>', 'seed of the bursts', integer(Number.MIN_SAFE_INTEGER))
  .option('--runs <number>', 'how many bursts (default: what the profile says)', integer(0))
  .option(...TIME)
  .addOption(new Option('--profile <name>', 'how much (default: ci, or smoke with --watch)').choices(['smoke', 'ci', 'nightly']))
  .option('--path <path>', 'run one burst of the seed alone, by its number and those it goes on from, as a failure prints it')
  .option('--redis <url>', 'this Redis (default: REDIS_URL, a server of our own, a container)')
  .option('--shard <i/n>', 'only the i-th of n parts (default: what the CI engine says); tailrace merge joins their --json', shard)
withReporters(run)
  .option('-w, --watch', 'run again whenever the adapter, or anything else that is imported, changes')
  .option('-q, --quiet', 'only the first lines of failures, and the last line')
  .option('--verbose', 'every event of every schedule, as it comes, and what was tried where')
  .action((options) =>
    exitWith(async () => (options.watch ? (await import('./watch/index.js')).watch(options) : (await import('./run.js')).run(options))),
  )

const wire = command('wire', 'put the wire probe in front of a program in any language, or of consumers in the configuration')
  .argument('[command...]', 'after --: the program; REDIS_URL and TAILRACE_TOPIC are in its environment')
  .option('-c, --config <file>', 'the configuration, for consumers under "wire" (default: tailrace.config.ts)')
  .option('-s, --subject <name>', 'only this consumer of the configuration; several with commas', list)
  .option('--topic <pattern>', 'the key that the program reads; * is a name of each run')
  .option('--deliveries <where>', 'where deliveries show: stdout, stderr or sse=URL', 'stdout')
  .option('--announce <pattern>', 'a line that matches this promises delivery')
  .option('--publish <command>', 'how a sentinel is added (default: XADD {topic} * data {json})')
  .option('--notify <command>', 'how a channel is told of each entry: PUBLISH {topic}:live {json}')
  .option('--env <name>', 'the variable that gets the address of the probe (default: REDIS_URL)')
  .option('--format <text>', 'what it is set to (default: redis://{host}:{port})')
  .addOption(
    new Option('--delivery <guarantee>', 'what the program promises (default: at-least-once)').choices([
      'at-most-once',
      'at-least-once',
      'exactly-once',
    ]),
  )
  .addOption(new Option('--from <where>', 'where the program starts to read').choices(['tail', 'beginning']))
  .option(
    '--catch-up-within <ms>',
    'how long its own timers take to get back what it missed (default: not known)',
    integer(0, MAX_CATCH_UP_MS),
  )
  .option('--consumers <number or names>', 'how many consumers the program holds, or what they call their connections: a,b')
  .option('--scenario <name>', 'only this scenario, and no bursts unless --runs or --time is given; several with commas', list)
  .option(...SCHEDULE)
  .option('--seed <number>', 'seed of the bursts', integer(Number.MIN_SAFE_INTEGER))
  .option('--runs <number>', 'how many bursts (default: 20, or what the profile says)', integer(0))
  .option(...TIME)
  .addOption(
    new Option('--profile <name>', 'how much (default: every scenario, 20 bursts, no exploration)').choices(['smoke', 'ci', 'nightly']),
  )
  .option('--path <path>', 'run one burst of the seed alone, by its number and those it goes on from, as a failure prints it')
  .option('--redis <url>', 'this Redis behind the probe (default: REDIS_URL, a server of our own, a container)')
  .option(
    '--shard <i/n>',
    'only the i-th of n parts (default: all of it, whatever the CI engine says); tailrace merge joins their --json',
    shard,
  )
withReporters(wire)
  .option('--fast', 'model the time-outs of blocking reads in the probe, instead of ending real ones')
  .option('-q, --quiet', 'only the first lines of failures, and the last line')
  .option('--verbose', 'show what the program prints')
  .action((words, options) => exitWith(async () => (await import('./wire.js')).runOverWire(words, options)))

command('list', 'list the scenarios, with the rule and the race that each tries')
  .option('--all', 'the races too that are known and have no scenario yet')
  .option('--wire', 'the scenarios of tailrace wire instead')
  .option('-c, --config <file>', 'with those of this configuration')
  .option('--schedule <file>', 'with those of this module; may be given again', each)
  .option('--json', 'as JSON')
  .option('--markdown', 'as docs/races.md has them, with a timeline each')
  .action((options) => exitWith(async () => (await import('./list.js')).listScenarios(options)))

command('rules', 'list the rules that an implementation is held to')
  .option('--json', 'as JSON')
  .option('--markdown', 'as docs/rules.md has them')
  .action((options) => exitWith(async () => (await import('./list.js')).listRules(options)))

command('explore', 'run every interleaving up to a bound, and certify it')
  .option('-c, --config <file>', 'the configuration (default: tailrace.config.ts)')
  .option('-s, --subject <name>', 'only this subject; several with commas', list)
  .option('--appends <number>', 'how many entries are added', integer(1), 3)
  .option('--cycles <number>', 'over how many read cycles', integer(1), 2)
  .option('--count <number>', 'what the reads ask for at most', integer(1), 10)
  .option('--faults <number>', 'so many faults or restarts among the moves, at every place: 0 or 1', integer(0, 1), 0)
  .option('--shard <i/n>', 'only the i-th of n parts (default: what the CI engine says); tailrace merge joins their --json', shard)
  .option(
    '--time <duration>',
    'stop when so much time is over, for all subjects together, and say what share was covered: 30s, 5m',
    duration,
  )
  .option('--time-limit <seconds>', 'the same, in seconds', integer(1))
  .option('--full', 'run what commutes in both orders, too')
  .option('--redis <url>', 'this Redis')
  .option('--json <file>', 'write the certificate')
  .action((options) => exitWith(async () => (await import('./explore.js')).exploreSubjects(options)))

command('merge', 'join the parts of one run: shards of an exploration, results of the shards of vitest')
  .argument('<files...>', 'what explore --shard --json, run --json or vitest with TAILRACE_RESULTS wrote, or a directory of such files')
  .option('--json <file>', 'write what was joined')
  .option('--reporter <format[=file]>', `write a report of the whole: ${reporters}; several with commas`, list)
  .action((files, options) => exitWith(async () => (await import('./merge.js')).mergeFiles(files, options)))

command('selftest', 'test the kit: kill every mutant for its declared reason, accuse no correct implementation')
  .option('-c, --config <file>', 'only the mutants of this file: export default { mutants: [...] }')
  .addOption(
    new Option('--store <kind>', 'only on memory, on redis, or on own: the model as a store of which nothing is known').choices([
      'memory',
      'redis',
      'own',
    ]),
  )
  .option('--quick', 'fewer schedules over the correct implementations')
  .option('--seed <number>', 'seed of the bursts', integer(Number.MIN_SAFE_INTEGER), 42)
  .option('--redis <url>', 'this Redis')
  .option('--json [file]', 'the matrix as JSON, on the standard output or in a file')
  .action((options) => exitWith(async () => (await import('./selftest.js')).runSelftest(options)))

command('compare', 'say what changed between two JSON reports: exit 1 where something new is wrong, or something is no longer shown')
  .argument('<base>', 'the report of before')
  .argument('<head>', 'the report of now')
  .option('--markdown <file>', 'write it as Markdown, for a pull request')
  .option('--html <file>', 'write it as one HTML page')
  .action((base, head, options) => exitWith(async () => (await import('./compare.js')).compareReports(base, head, options)))

command('baseline', 'accept what a JSON report shows as lost, until a day: the configuration names the file as knownLosses')
  .argument('<report>', 'what run --reporter json wrote')
  .requiredOption('--reason <text>', 'why it is accepted')
  .requiredOption('--expires <date>', 'the last day on which it is: 2027-01-31 (UTC)')
  .option('--file <file>', 'where known losses are kept', 'tailrace.baseline.json')
  .action((report, options) => exitWith(async () => (await import('./compare.js')).recordBaseline(report, options)))

command('replay', 'run a saved schedule again')
  .argument('<file>', 'a file of .tailrace/')
  .option('-c, --config <file>', 'the configuration (default: tailrace.config.ts)')
  .option('-s, --subject <name>', 'on this subject instead of the one that it was saved for')
  .option('--redis <url>', 'this Redis')
  .action((file, options) => exitWith(async () => (await import('./replay.js')).replay(file, options)))

command('scenario', 'write a scenario of your own from a saved schedule: a regression test to commit')
  .argument('<file>', 'a file of .tailrace/')
  .option('--out <file>', 'write it there (default: the standard output)')
  .option('--name <name>', 'what it is called (default: after the subject and what it failed on)')
  .option('--force', 'overwrite what is there')
  .action((file, options) => exitWith(async () => (await import('./replay.js')).writeScenario(file, options)))

command('init', 'write tailrace.config.ts and one adapter to fill in')
  .option('--force', 'overwrite what is there')
  .action((options) => exitWith(async () => (await import('./setup.js')).init(options)))

command('doctor', 'say what was found to run on, and how to get what is missing')
  .option('--redis <url>', 'this Redis (default: REDIS_URL)')
  .action((options) => exitWith(async () => (await import('./setup.js')).doctor(options)))

command('demo', 'show the race and the fix: on the in-memory model, and on a real Redis where there is one')
  .option('--redis <url>', 'this Redis')
  .action((options) => exitWith(async () => (await import('./demo.js')).demo(options)))

noteStrays()
endureClosedPipes()
if (process.argv.length <= 2) program.help()
await program.parseAsync()
