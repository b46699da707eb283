export * from './config.ts'
export * from './gateway.ts'
export * from './pages.ts'
export * from './routes.ts'
