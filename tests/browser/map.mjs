// How smooth the fleet map is with 20,000 vehicles: how long each picture takes while it is dragged, and how long the page is busy with
// one thing. The same with 20 vehicles, in the same run, is the control: without a graphics card the processor draws, and a picture of
// the empty map is most of its work. Figures for people, no claim.
import { later } from './server.mjs';
import { ROOM } from './story.mjs';

export async function dragTheMap(desk, admin) {
  for (const vehicles of [FEW, MANY]) console.log(JSON.stringify({ bench: 'map', vehicles, ...await dragOne(desk, admin, vehicles) }));
}

async function dragOne({ demo, browser, shots }, admin, vehicles) {
  const context = await browser.newContext({ ...ROOM, locale: 'en-GB' });
  await context.addCookies(admin.cookies);
  await context.addInitScript(() => {
    localStorage.setItem('lw.locale', 'en');
    sessionStorage.setItem('lw.purposes', JSON.stringify([['fleet', 'verify']]));
  });
  const page = await context.newPage();
  try {
    await page.route(/\/api\/v1\/fleet(\?|$)/, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...await answer.json(), rows: fleet(vehicles) } });
    });
    const began = Date.now();
    await page.goto(`${demo.origin}/map`, { waitUntil: 'load' });
    // A map has many a 20: the list's own sum is asked.
    await page.locator('main .sum', { hasText: new RegExp(`\\b${vehicles.toLocaleString('en-GB')}\\b`) }).waitFor();
    const shown_s = (Date.now() - began) / 1000;
    await later(SETTLE_MS);
    const still = await watched(page, () => later(DRAG_MS));
    const dragged = await watched(page, () => drag(page));
    if (shots) await page.screenshot({ path: `${shots}/map-${vehicles}.png` });
    return { shown_s, still, dragged };
  } finally {
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await context.close();
  }
}

/** Milliseconds between pictures, and of what the page was busy with for longer than 50 ms. */
async function watched(page, act) {
  await page.evaluate(() => {
    const seen = { gaps: [], busy: [], on: true };
    window.__seen = seen;
    new PerformanceObserver((list) => seen.on && seen.busy.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' });
    let last = performance.now();
    requestAnimationFrame(function next(now) {
      seen.gaps.push(now - last);
      last = now;
      if (seen.on) requestAnimationFrame(next);
    });
  });
  await act();
  return page.evaluate(() => {
    const { gaps, busy } = window.__seen;
    window.__seen.on = false;
    const sorted = gaps.toSorted((one, other) => one - other);
    const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
    return { pictures: gaps.length, p50_ms: at(0.5), p95_ms: at(0.95), max_ms: at(1), busy: busy.length, busy_max_ms: Math.round(Math.max(0, ...busy)) };
  });
}

async function drag(page) {
  const box = await page.locator('canvas').first().boundingBox();
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const end = Date.now() + DRAG_MS;
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 0; Date.now() < end; step += 1) await page.mouse.move(x + 200 * Math.sin(step / 15), y + 150 * Math.sin(step / 23));
  await page.mouse.up();
}

/** As the API's `fields` says, spread over a city and its surroundings. */
function fleet(vehicles) {
  return Array.from({ length: vehicles }, (_, number) => {
    const [east, north] = [(number * 7919) % 2000, (number * 104729) % 1000];
    const state = ['moving', 'parked', 'parked', 'parked_unseen', 'unseen', 'dark'][number % 6];
    const plate = `粤B${String(10000 + number)}`;
    const severity = number % 97 === 0 ? 'P2' : null;
    return [plate, plate, 22.4 + north / 2000, 113.7 + east / 2000, state, state === 'moving' ? (number * 37) % 360 : null, number % 900, severity ? 20 : null, severity, state === 'moving' ? 40 : 0];
  });
}

const MANY = 20_000;
const FEW = 20;
const DRAG_MS = 5_000;
const SETTLE_MS = 3_000;
