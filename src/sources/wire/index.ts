/** `tailrace/wire`: programs and packages as they are, judged through the probe that sits between them and their Redis. */
export { type CommandOptions, commandSubject, type Deliveries } from './command.js'
export { type Wired, wire } from './definition.js'
export {
  type NotifyContext,
  type PublishContext,
  type WireContext,
  type WireProgram,
  type WireSubject,
  defineWire,
} from '../../subject/wire-subject.js'
