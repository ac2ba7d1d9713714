import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { basemap } from './build/basemap.js'
import { compressed } from './build/compressed.js'
import { thirdParty } from './build/third-party.js'

// `CONSOLE_OUT` is set by build.rs, so that nothing is built into the source tree.
export default defineConfig({
  plugins: [svelte(), basemap(), thirdParty(), compressed()],
  worker: { format: 'es' },
  build: {
    outDir: process.env.CONSOLE_OUT ?? 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // A data: URL of a script or a style would be refused by the CSP.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 1200,
  },
  server: { proxy: { '/api': { target: process.env.CONSOLE_API ?? 'http://127.0.0.1:8090', changeOrigin: false } } },
})
