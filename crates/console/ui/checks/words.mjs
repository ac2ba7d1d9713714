// The words of the console: the same keys in both languages, none unused, no Han text in English, no English sentence in Chinese.
//
// TypeScript finds a key that is missing or misspelt; this finds what it cannot: keys that nothing shows, texts in the wrong table.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'

const SOURCE = new URL('../src/', import.meta.url).pathname
const WORDS = join(SOURCE, 'lib/words')
/** Names of things, not words of a language. */
const NAMES = /lienwatch|VIN|GT06|JT\/T|IMEI|ICCID|CSV|JSON|GeoJSON|KML|GPX|NDJSON|TOML|HTTP|TLS|WGS-84|GCJ-02|BD-09|Ctrl|Esc/g

const faults = []
const sources = await texts(SOURCE)
const shown = sources.filter(({ path }) => !path.startsWith(WORDS))
let count = 0

for (const file of (await readdir(WORDS)).sort()) {
  const text = await readFile(join(WORDS, file), 'utf8')
  const name = file.replace(/\.ts$/, '')
  const tables = (await module(text))[name]
  if (!tables) {
    faults.push(`${file}: exports no \`${name}\``)
    continue
  }
  compare(file, '', tables.zh, tables.en)
  for (const key of Object.keys(tables.zh)) {
    const used = new RegExp(`\\b${name}\\.${key}\\b`)
    const everywhere = name === 'times' ? sources : shown
    if (!everywhere.some((one) => used.test(one.text))) faults.push(`${file}: nothing shows ${name}.${key}`)
  }
}

for (const fault of faults) console.error(fault)
console.log(`${count} words in two languages, ${faults.length} faults`)
process.exit(faults.length ? 1 : 0)

function compare(file, path, zh, en) {
  const keys = new Set([...Object.keys(zh), ...Object.keys(en)])
  for (const key of keys) {
    const at = `${file}: ${path}${key}`
    const [left, right] = [zh[key], en[key]]
    if (typeof left !== typeof right) faults.push(`${at} is not the same in both languages`)
    else if (typeof left === 'object') compare(file, `${path}${key}.`, left, right)
    else {
      count += 1
      if (left.length !== right.length && typeof left === 'function') faults.push(`${at} takes other parts`)
      chinese(at, said(left))
      english(at, said(right))
    }
  }
}

function said(word) {
  return typeof word === 'string' ? word : String(word(...Array(word.length).fill(2)))
}

function chinese(at, text) {
  if (!text) faults.push(`${at} says nothing in Chinese`)
  if (/[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}/.test(text.replace(NAMES, ''))) faults.push(`${at}: an English sentence in Chinese: ${text}`)
}

function english(at, text) {
  if (!text) faults.push(`${at} says nothing in English`)
  if (/\p{Script=Han}/u.test(text)) faults.push(`${at}: Han text in English: ${text}`)
}

async function module(text) {
  const alone = text.replace(/^import .*$/gm, '')
  const { outputText } = ts.transpileModule(`const words = (tables) => tables\nconst counted = (count, noun) => noun\n${alone}`, { compilerOptions: { module: 'ESNext', target: 'ES2022' } })
  return import(`data:text/javascript,${encodeURIComponent(outputText)}`)
}

async function texts(folder) {
  const found = []
  for (const path of await readdir(folder, { recursive: true })) {
    if (/\.(ts|svelte)$/.test(path)) found.push({ path: join(folder, path), text: await readFile(join(folder, path), 'utf8') })
  }
  return found
}
