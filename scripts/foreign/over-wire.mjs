/** Correct programs behind the wire, each over the scenarios that apply to it, and then bursts. */
import { createJiti } from 'jiti'
import { wireScenarios } from '../../dist/scenarios/wire/index.js'
import { findRedis } from '../../dist/src/dialects/redis/find-redis.js'
import { freePort } from '../../dist/src/dialects/redis/local-server.js'
import { lackOf } from '../../dist/src/dialects/store.js'
import { alphabetOn, scenariosOn, surveyOf } from '../../dist/src/run/run-target.js'
import { judgeOf, runnerOf } from '../../dist/src/run/target.js'
import { wireTarget } from '../../dist/src/run/wire-target.js'
import { bursts } from '../../dist/src/search/bursts.js'
import { search } from '../../dist/src/search/strategy.js'
import { commandSubject } from '../../dist/src/sources/wire/command.js'
import { wire } from '../../dist/src/sources/wire/definition.js'
import programs from '../../test/foreign/wire.mjs'

const jiti = createJiti(import.meta.url)
const ofTests = (name) => jiti.import(`../../test/support/${name}.ts`)

/** Of the consumers in this process that the tests have, those that are right. */
const RIGHT =
  /^(snapshot(-retries|-beside-snapshot)?|for-ever|from-beginning|resp2|announces|group-reads-pending|two-streams-tail|publisher-looks-first|takes-signs)$/

/** With a name, and what opens them; `missing` where they cannot be run here. */
export async function programsOnWire() {
  const [{ WIRE_CONSUMERS }, { rightMembers }] = await Promise.all([ofTests('wire-consumers'), ofTests('group-consumers')])
  const inProcess = [...WIRE_CONSUMERS.filter(({ name }) => RIGHT.test(name)), ...rightMembers.map((make) => make())]
  return [
    ...programs.map(({ name, missing, serves, options }) => ({
      name,
      missing,
      subject: async () => ({ ...commandSubject(options(serves ? await freePort() : undefined)), retries: true }),
    })),
    ...inProcess.map((subject) => ({
      name: `node/${subject.name}`,
      missing: undefined,
      subject: async () => ({ retries: true, ...subject }),
    })),
  ]
}

/**
 * As `tryCorrect`. Scenarios count as a report counts them: what fails is run once more, and one that says nothing of the program is
 * skipped. A burst that fails is run once more, too.
 */
export async function tryOverWire({ name, subject }, { schedules: budget, seed }) {
  const wired = await wire(await subject(), await findRedis({}))
  const target = wireTarget(wired)
  const runner = runnerOf(target)
  const row = { name, schedules: 0, owed: 0, unknown: {}, accusations: [] }
  const judge = judgeOf(runner)
  const counting = async (candidate) => {
    const judged = await judge(candidate)
    row.schedules++
    row.owed += judged.verdict.counts.owed
    return judged
  }
  const add = ({ result, reasons, anomalies: [anomaly] }, by) => {
    if (result === 'unknown') row.unknown[reasons[0]] = (row.unknown[reasons[0]] ?? 0) + 1
    if (result === 'invalid') row.accusations.push({ by, anomaly })
  }
  const twice = async (candidate) => {
    const judged = await counting(candidate)
    if (judged.verdict.result !== 'invalid') return judged
    const again = await counting({ schedule: judged.run.schedule, afresh: true })
    return sameFailure(judged, again) ? judged : { ...judged, verdict: { ...judged.verdict, result: 'unknown', reasons: [NOT_AGAIN] } }
  }
  try {
    const survey = await surveyOf(target, judge)
    if (survey.failure !== undefined) throw new Error(reasonOf(survey.failure.verdict))
    const tried = scenariosOn(target, wireScenarios, survey.judged)
    await target.settled(() => search(tried, counting, () => row.schedules >= budget))
    for (const { name: by, verdict } of tried.report().cases) add(verdict, by)
    const judgeBurst = async (candidate) => {
      const judged = await twice(candidate)
      add(judged.verdict, JSON.stringify(judged.run.schedule.steps))
      return judged
    }
    const alphabet = await alphabetOn(target, judge)
    const lacks = (step) => lackOf(wired.store, step)
    if (alphabet !== undefined)
      await search(bursts({ runs: budget, seed, shrink: false, alphabet, lacks }), judgeBurst, () => row.schedules >= budget)
    return row
  } catch (error) {
    return { ...row, error: error.message }
  } finally {
    await runner.close()
    await wired.store.close()
  }
}

const NOT_AGAIN = 'the same schedule, run twice, gave two verdicts'
const sameFailure = (a, b) => a.verdict.anomalies[0].code === b.verdict.anomalies[0]?.code
const reasonOf = ({ reasons, anomalies }) => reasons[0] ?? anomalies[0].evidence
