// Runs `tests/*.test.ts` with Node's own test runner: `node --test checks/units.mjs`. Vite, which is here anyway, takes the types off.
import { readdir } from 'node:fs/promises'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { createServer } from 'vite'

const server = await createServer({
  configFile: false,
  root: new URL('..', import.meta.url).pathname,
  plugins: [svelte()],
  appType: 'custom',
  logLevel: 'error',
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
})
for (const name of (await readdir(new URL('../tests', import.meta.url))).sort()) {
  if (name.endsWith('.test.ts')) await server.ssrLoadModule(`/tests/${name}`)
}
// Everything is loaded by now; what is still open would keep the process alive.
await server.close()
