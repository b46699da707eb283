export * from './config.ts'
export { type Gateway, HOST_GATEWAY, removeGateway } from './gateway.ts'
export * from './routes.ts'
export * from './sync.ts'
