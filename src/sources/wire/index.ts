/**
 * `tailrace/wire`: programs and packages as they are, judged through the probe that sits between them and their Redis. What is made
 * here goes into `wire` of a configuration, and `tailrace wire` runs it.
 */
export { type CommandOptions, commandSubject, type Deliveries } from './command.js'
export {
  type NotifyContext,
  type PublishContext,
  type WireContext,
  type WireProgram,
  type WireSubject,
  defineWire,
} from '../../subject/wire-subject.js'
