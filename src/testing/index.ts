/**
 * `tailrace/testing`: for tests of your own, with any test runner. `instrument` holds a consumer at a gate by hand; `reproduce` runs one
 * schedule, on the model or on a Redis, and judges it.
 */
export {
  type Delivered,
  type Instrumented,
  type ProbeGate,
  type ProbeSignal,
  type SignalOptions,
  expectNothingLost,
  instrument,
} from './instrument.js'
export { type ReproduceOptions, type Reproduction, reproduce } from './reproduce.js'
export type { Mismatch } from '../sources/source.js'
export type { Ending } from '../stage/endings.js'
