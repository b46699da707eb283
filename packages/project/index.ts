export * from './isolate.ts'
export * from './model.ts'
export * from './project.ts'
