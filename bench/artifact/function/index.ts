import { Hono } from 'hono'
import { nanoid } from 'nanoid'
import { Order, totalOf } from './orders.ts'

const api = new Hono().basePath('/api')

api.get('/', (context) => context.json({ name: 'api' }))

api.post('/orders', async (context) => {
  const order = Order.safeParse(await context.req.json().catch(() => undefined))
  if (!order.success) return context.json({ error: order.error.issues }, 400)
  return context.json({ id: nanoid(), total: totalOf(order.data) }, 201)
})

export default api
