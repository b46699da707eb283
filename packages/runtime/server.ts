import { serveHandler } from './serve.ts'

// The one file that runs inside a function's container, as process 1. It may read the environment: it is the program.
const beside = new URL('./function.mjs', import.meta.url)

await serveHandler({
  load: () => import(beside.href),
  name: process.env.MAYFLY_NAME ?? 'function',
  revision: process.env.MAYFLY_REVISION ?? '',
  port: Number(process.env.PORT ?? 8080),
})
