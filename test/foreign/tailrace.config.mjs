/** `npx tailrace run -c test/foreign/tailrace.config.mjs --subject …` for one of them by itself. */
import { foreign } from './all.mjs'

export default { subjects: foreign.map(({ subject }) => subject('memory')) }
