export * from './context.ts'
export * from './inputs.ts'
export * from './run.ts'
export * from './stores.ts'
