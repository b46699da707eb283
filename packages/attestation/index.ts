export { type Component, componentsOf } from './components.ts'
export { type Envelope, readEnvelope, sign, verify } from './dsse.ts'
export * from './made.ts'
export { sbomOf } from './sbom.ts'
export {
  provenanceOf,
  readStatement,
  type Statement,
  type Subject,
  type TestResult,
  testResultOf,
} from './statement.ts'
