export * from './comment.ts'
export * from './summary.ts'
export * from './sweep.ts'
export * from './text.ts'
