export { commentMarker, renderComment } from './comment.ts'
export { renderSummary } from './summary.ts'
export { renderSweep, type SweepReport } from './sweep.ts'
export { renderTerminal } from './terminal.ts'
