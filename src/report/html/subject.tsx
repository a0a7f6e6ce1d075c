/** One subject: what it owed and delivered, so that nobody doubts a run that found nothing, and what it can do. */
import { countsOf, gapsText, ran } from '../green-text.js'
import { type ExplorationResult, type ProbedCapability, type SubjectResult, resultOf } from '../result.js'
import { duration, number } from '../words.js'
import { Verdict, Words } from './words.js'

export function Subject({ subject, seed }: { readonly subject: SubjectResult; readonly seed: number }) {
  const { name, consumer, store, bursts, exploration, capabilities, error, ms } = subject
  const counts = countsOf(subject)
  return (
    <article class='subject'>
      <h3>
        <Verdict result={resultOf(subject)} text={`${name} × ${consumer}`} />
      </h3>
      {error !== undefined && (
        <p class='error'>
          Not run to the end: <Words text={error} length={2000} />
        </p>
      )}
      <p>
        <strong>
          {number(counts.owed)} owed, {number(counts.delivered)} delivered.
        </strong>{' '}
        {ran(subject).join(' · ')} · {gapsText(counts).join(' · ')}
      </p>
      <p class='faint'>
        <Words text={store} /> · {duration(ms)} · seed {bursts?.seed ?? seed}
      </p>
      {exploration !== undefined && <Bound exploration={exploration} />}
      {capabilities !== undefined && capabilities.length > 0 && <Capabilities capabilities={capabilities} of={name} />}
    </article>
  )
}

const Bound = ({ exploration: { appends, cycles, schedules, certificate } }: { readonly exploration: ExplorationResult }) => (
  <p class='faint'>
    Explored: up to {appends} appends in {cycles} read cycles, {number(schedules)} schedules, certificate{' '}
    <code>
      <Words text={certificate} />
    </code>
  </p>
)

const Capabilities = ({ capabilities, of }: { readonly capabilities: readonly ProbedCapability[]; readonly of: string }) => (
  <table>
    <caption>
      Capabilities of <Words text={of} />
    </caption>
    <thead>
      <tr>
        <th scope='col'>Capability</th>
        <th scope='col'>Declared</th>
        <th scope='col'>Tried</th>
      </tr>
    </thead>
    <tbody>
      {capabilities.map(({ name, declared, outcome }) => (
        <tr>
          <th scope='row'>
            <code>{name}</code>
          </th>
          <td>{declared ? 'yes' : 'no'}</td>
          <td>{outcome}</td>
        </tr>
      ))}
    </tbody>
  </table>
)
