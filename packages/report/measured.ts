/** What the comment, the summary and the page say in the same words. */
export { fileUrl, isInside } from './measurement/links.ts'
export { delta, percent, signed, tenths, time } from './measurement/percent.ts'
export { joinRanges, reachedBy, sizeOf } from './measurement/ranges.ts'
export { testsTitle, titleOf } from './measurement/title.ts'
export { slowestRoute } from './measurement/totals.ts'
export { openGates, type Verdict, verdictOf } from './measurement/verdict.ts'
export { listed, plural } from './measurement/words.ts'
