// Beside each text file its gzip, made once here rather than with each answer of the server.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const TEXT = /\.(js|mjs|css|html|svg|json|txt|webmanifest)$/
/** Below this a packet is sent anyway. */
const BYTES_MIN = 1024

export function compressed() {
  return {
    name: 'compressed',
    apply: 'build',
    async writeBundle({ dir: out }) {
      const files = await readdir(out, { recursive: true })
      for (const file of files.filter((name) => TEXT.test(name))) {
        const bytes = await readFile(join(out, file))
        if (bytes.length >= BYTES_MIN) await writeFile(join(out, `${file}.gz`), gzipSync(bytes, { level: 9 }))
      }
    },
  }
}
