import { connectEngine, observe } from '@mayfly/engine'
const e = await connectEngine({host: undefined}, process.env)
for (let i=0;i<4;i++){
let t=performance.now()
const s = await e.api.getContainer('gateway-scratch').getArchive({path:'/config/caddy/autosave.json'})
let n=0; for await (const c of s) n+=c.length
console.log('archive', performance.now()-t, n); t=performance.now()
await observe(e); console.log('observe', performance.now()-t); t=performance.now()
await e.api.listContainers({all:true, filters:{label:['dev.mayfly.owner']}}); console.log('list', performance.now()-t); t=performance.now()
await e.api.getContainer('gateway-scratch').inspect(); console.log('inspect', performance.now()-t)
}
try { await e.api.getContainer('gateway-scratch').infoArchive({path:'/run/mayfly/admin.sock'}) } catch(x) {console.log(x)}
try { await e.api.getContainer('gateway-scratch').getArchive({path:'/run/mayfly/nope'}) } catch(x) {console.log(x.statusCode, x.message)}
await e.close()
