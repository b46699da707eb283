export * from './difference.ts'
export * from './publish.ts'
export * from './release.ts'
