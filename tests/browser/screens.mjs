// Every screen, in both themes and languages: axe-core finds nothing, nothing runs out at the side, nothing is asked of other hosts. Once
// more each without an answer, and with one that says that the server failed: what has not come yet is a page too.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { later } from './server.mjs';
import { ROOM, until } from './story.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export async function lookAtScreens({ demo, browser, claim, shots }, story) {
  const admin = { ...story, frames: await framesOf({ demo, browser }, story) };
  for (const theme of ['light', 'dark']) {
    for (const locale of ['zh', 'en']) {
      const context = await browser.newContext({ ...ROOM, locale: locale === 'zh' ? 'zh-CN' : 'en-GB' });
      await context.addCookies(admin.cookies);
      await context.addInitScript(prepare, { theme, locale, plate: admin.plate });
      for (const [name, path] of screens(admin)) {
        await claim(`screen_${name}_${theme}_${locale}`, () => look(context, demo.origin, { name, path, theme, locale, shots }));
      }
      await context.close();
    }
  }
  // On the smallest desk screen, in the language of the longer words.
  const context = await browser.newContext({ ...ROOM, viewport: SMALL, locale: 'en-GB' });
  await context.addCookies(admin.cookies);
  await context.addInitScript(prepare, { theme: 'light', locale: 'en', plate: admin.plate });
  for (const [name, path] of screens(admin)) {
    await claim(`screen_${name}_cuts_off_no_state_and_no_button`, () => lookForCuts(context, demo.origin, { name, path }));
  }
  await context.close();
  await claim('the_demos_lender_sends_another_book_so_that_its_loans_do_not_go_stale', () => until(async () => /the lender's next book comes: .* in force/.test(demo.said()), 'another book', BOOK_MS));
  for (const [answer, late] of Object.entries(LATE)) {
    const context = await browser.newContext({ ...ROOM, locale: 'zh-CN' });
    await context.addCookies(admin.cookies);
    for (const [name, path] of screens(admin)) {
      await claim(`screen_${name}_${answer}`, () => lookAtLate(context, demo.origin + path, late));
    }
    await context.close();
  }
}

/** Runs in the page before anything else. */
function prepare({ theme, locale, plate }) {
  localStorage.setItem('lw.theme', theme);
  localStorage.setItem('lw.locale', locale);
  sessionStorage.setItem('lw.purposes', JSON.stringify([['fleet', 'verify'], [plate, 'verify'], ['log', 'verify']]));
}

function screens({ alert, plate, frames, checked }) {
  return [
    ['inbox', '/'], ['alert', `/?tab=closed&alert=${alert?.id ?? ''}`], ['map', '/map'], ['vehicles', '/vehicles'],
    ['vehicle', `/vehicles/${encodeURIComponent(alert?.vehicle?.id ?? plate)}`], ['loans', '/loans'], ['imports', '/imports'], ['import', `/imports?id=${checked ?? ''}`], ['places', '/places'],
    ['rules', '/rules'], ['rules_text', '/rules?tab=text'], ['quarantine', '/quarantine'], ['devices', '/devices'], ['log', '/log'], ['setup', '/setup'],
    ['health', '/health'], ['users', '/users'], ['teams', '/users?tab=teams'], ['audit', '/audit'], ['wall', '/wall'], ['account', '/account'], ['reference', '/reference'], ['operation', '/reference#get_alerts_id'],
    ['roles', '/users?tab=roles'], ['tokens', '/users?tab=tokens'], ['rules_versions', '/rules?tab=versions'], ...frames.map(({ protocol, seq }) => [`frame_${protocol}`, `/log?frame=${encodeURIComponent(seq)}`]),
    ['evidence', `/vehicles/${encodeURIComponent(alert?.vehicle?.id ?? plate)}?evidence=${alert?.id ?? ''}`],
    // Those of nobody come last: they end the session of the browser.
    ['welcome', '/welcome#of-nobody'], ['invite', '/invite#of-nobody'], ['login', '/login'],
  ];
}

/** A frame of each protocol in the log, to be opened beside it: of the first device of each that has told where it is. */
async function framesOf({ demo, browser }, { cookies }) {
  const context = await browser.newContext(ROOM);
  const read = async (path) => (await (await context.request.get(`${demo.origin}/api/v1${path}`, { headers: { 'X-Purpose': 'verify' } })).json()).data;
  try {
    await context.addCookies(cookies);
    const frames = new Map();
    for (const { terminal, protocol } of await read('/devices?limit=1000')) {
      if (frames.has(protocol)) continue;
      const [newest] = await read(`/positions?limit=1&order=desc&terminal=${terminal}`);
      if (newest) frames.set(protocol, { protocol, seq: newest.seq });
    }
    assert.deepEqual([...frames.keys()].sort(), PROTOCOLS);
    return [...frames.values()];
  } finally {
    await context.close();
  }
}

async function look(context, origin, { name, path, theme, locale, shots }) {
  // Who is logged in is led past the login.
  if (OF_NOBODY.has(name)) await context.clearCookies();
  const page = await context.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(error.stack));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url())) faults.push(`asked ${request.url()}`);
  });
  try {
    await open(page, origin + path);
    if (shots && (await page.locator('canvas').count())) await later(MAP_MS);
    if (shots) await page.screenshot({ path: join(shots, `${name}-${theme}-${locale}.png`) });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) faults.push(`runs out at the side by ${over} px`);
    // What a template says of a value that it does not know how to say. The rules' own text may have such words, the
    // description of the API too, and so may JSON.
    const said = AS_WRITTEN.has(name) ? null : (await proseOf(page)).match(/.*(\[object |\bundefined\b|\bnull\b|\bNaN\b).*/);
    if (said) faults.push(`says ${said[0]}`);
    assert.deepEqual([...faults, ...await violations(page)], []);
  } finally {
    await page.close();
  }
}

/** What the screen says, without what is there to be copied as it is. */
async function proseOf(page) {
  const [all, ...copied] = [await page.locator('main').innerText(), ...await page.locator('main pre').allInnerTexts()];
  return copied.reduce((text, part) => text.replace(part, ''), all);
}

async function open(page, url) {
  await page.goto(url, { waitUntil: 'load' });
  await page.locator('main h1').first().waitFor();
  await later(SETTLE_MS);
  for (let asked = 0; asked < 3; asked += 1) {
    const choice = page.locator('dialog[open] .choices button').first();
    if (!(await choice.isVisible().catch(() => false))) break;
    await choice.click();
    await later(SETTLE_MS);
  }
  // What is folded away in a comparison is a table of its own.
  if (new URL(url).searchParams.has('id')) await page.locator('main details').evaluateAll((all) => all.forEach((one) => (one.open = true)));
}

/** A state or a button of which a part is missing; what stands in a cell is cut off by the cell. */
async function lookForCuts(context, origin, { name, path }) {
  if (OF_NOBODY.has(name)) await context.clearCookies();
  const page = await context.newPage();
  try {
    await open(page, origin + path);
    const cut = await page.locator('.badge, button, .button').evaluateAll((all) => {
      const isCut = (one) => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1;
      return all.filter((one) => isCut(one) || isCut(one.closest('td') ?? one)).map((one) => `${one.className}: ${one.textContent.trim()}`);
    });
    assert.deepEqual(cut, []);
  } finally {
    await page.close();
  }
}

/** Who is logged in is answered, else there is no screen. */
async function lookAtLate(context, url, late) {
  const page = await context.newPage();
  try {
    await page.route(/\/api\/(?!v1\/me$)/, late);
    await page.goto(url, { waitUntil: 'load' });
    await page.locator('main h1').first().waitFor();
    await later(SETTLE_MS);
    assert.deepEqual(await violations(page), []);
  } finally {
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.close();
  }
}

async function violations(page) {
  await page.evaluate(AXE);
  return page.evaluate(async (rules) => (await axe.run(document, { runOnly: rules })).violations
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.target.join(' ')).join(', ')}`), AXE_RULES);
}

const LATE = {
  waiting: () => {},
  failed: (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"code":"internal","detail":"the test says so"}' }),
};

// It comes each half day of a clock that runs 300 times as fast.
const BOOK_MS = 300_000;
const PROTOCOLS = ['gt06', 'jt808', 'teltonika'];
const SMALL = { width: 1280, height: 800 };
const AS_WRITTEN = new Set(['rules_text', 'operation']);
const OF_NOBODY = new Set(['welcome', 'invite', 'login']);
const AXE_RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
// Lists load, the map draws.
const SETTLE_MS = 900;
// Without a graphics card a map takes a while, for which only its picture waits.
const MAP_MS = 4_000;
