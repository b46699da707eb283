import postgres from 'postgres'
import { price } from './price.ts'

const sql = postgres(process.env.DATABASE_URL ?? '')

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/api/products') {
      const rows = await sql<{ name: string; cents: number }[]>`select name, cents from products order by id`
      return Response.json({ products: rows.map((row) => ({ name: row.name, price: price(row.cents) })) })
    }
    return Response.json({ error: 'There is nothing here.' }, { status: 404 })
  },
}
