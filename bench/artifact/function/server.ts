import { serve } from '@hono/node-server'
import api from './index.ts'

// What a Dockerfile needs and a function does not: something that listens.
serve({ fetch: api.fetch, hostname: '0.0.0.0', port: 8080 })
